let lastSecond = NaN;
let text = '';

/** An instant (epoch ms) as `Date.prototype.toISOString` writes it. Most instants of a batch share their second, whose text is kept. */
export function iso(at: number): string {
  const second = Math.floor(at / 1_000);
  if (second !== lastSecond) {
    text = new Date(second * 1_000).toISOString().slice(0, -4);
    lastSecond = second;
  }
  return `${text}${String(Math.floor(at - second * 1_000)).padStart(3, '0')}Z`;
}
