/**
 * HyperLogLog: how many different digests there were, to a few percent, in one character per register. A sketch of all is the union of the
 * sketches of parts, in any order. Sources: Flajolet, Fusy, Gandouet, Meunier, "HyperLogLog" (2007) for the registers; Ertl, "New cardinality
 * estimation algorithms for HyperLogLog sketches" (2017, arXiv:1702.01284, algorithm 6) for the estimate, which needs no tables of corrections.
 */
const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const ranks = new Map(letters.map((letter, rank) => [letter, rank]));
/** A digest has two words of 24 bits: the first ones choose the register, the zeros that follow are what it remembers. */
const word = 24;

const rankOf = (letter: string): number => ranks.get(letter) ?? 0;

/** A sketch of 2^precision registers that has seen nothing. `precision` is less than 24; the standard error is 1.04 / √registers. */
export const emptySketch = (precision: number): string => 'A'.repeat(2 ** precision);

/** With more digests; the same text where they raise no register. */
export function sketchOf(sketch: string, digests: Iterable<string>): string {
  const rest = word - Math.log2(sketch.length);
  let registers: string[] | undefined;
  for (const digest of digests) {
    const bytes = Buffer.from(digest, 'base64url');
    const [high, low] = [bytes.readUIntBE(0, 3), bytes.readUIntBE(3, 3)];
    const behind = high % 2 ** rest;
    const rank = behind > 0 ? Math.clz32(behind) - (32 - rest) + 1 : rest + Math.clz32(low) - (32 - word) + 1;
    const register = Math.floor(high / 2 ** rest);
    if (rank <= rankOf(registers?.[register] ?? String.fromCharCode(sketch.charCodeAt(register)))) continue;
    registers ??= Array.from(sketch);
    registers[register] = letters[rank] ?? 'A';
  }
  return registers?.join('') ?? sketch;
}

/** The sketch of what either has seen. Both have the same precision. */
export function union(one: string, other: string): string {
  const others = [...other];
  return [...one].map((letter, at) => (rankOf(others[at] ?? 'A') > rankOf(letter) ? others[at] : letter)).join('');
}

/** How many different digests a sketch has seen, about. */
export function estimate(sketch: string): number {
  const size = sketch.length;
  const longest = 2 * word - Math.log2(size);
  const counts = Array<number>(longest + 2).fill(0);
  for (const letter of sketch) counts[rankOf(letter)] = (counts[rankOf(letter)] ?? 0) + 1;
  const [empty = 0, ...others] = counts;
  const full = others.pop() ?? 0;
  const sum = others.reduceRight((z, count) => (z + count) / 2, size * tau(1 - full / size)) + size * sigma(empty / size);
  return Math.round(size ** 2 / (2 * Math.LN2) / sum);
}

function sigma(fraction: number): number {
  if (fraction === 1) return Infinity;
  let [x, y, z, before] = [fraction, 1, fraction, Number.NaN];
  while (z !== before) {
    x *= x;
    before = z;
    z += x * y;
    y *= 2;
  }
  return z;
}

function tau(fraction: number): number {
  if (fraction === 0 || fraction === 1) return 0;
  let [x, y, z, before] = [fraction, 1, 1 - fraction, Number.NaN];
  while (z !== before) {
    x = Math.sqrt(x);
    before = z;
    y /= 2;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
