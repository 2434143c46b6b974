/** How far this machine's clock may be from the database's, ms. The alert `HitoClockOff` comes long before. */
const mostMs = 60_000;

/**
 * Why nothing may be taken: this machine's clock (`offsetMs` ahead of the database's, negative when behind) would date records wrongly,
 * for everybody. Undefined where it is right, or not known yet.
 */
export function clockTrouble(offsetMs: number | undefined): string | undefined {
  if (offsetMs === undefined || Math.abs(offsetMs) <= mostMs) return undefined;
  const seconds = String(Math.round(Math.abs(offsetMs) / 1_000));
  return `this machine's clock is ${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} the database's: set the wrong one by NTP`;
}
