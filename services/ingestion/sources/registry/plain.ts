import protobuf from 'protobufjs';
import { mostValues } from '../formats/format.ts';

/** Its types leave this out. */
const Long = protobuf.util.Long as unknown as { isLong(value: unknown): boolean };

/**
 * What a decoder made as JSON would have it: bytes as base64, whole numbers of 64 bits as numbers, or as text where a number cannot hold
 * them, records as plain objects. Throws where there are too many: a list of nothings takes no bytes, and is as long as it says.
 */
export function plain(value: unknown): unknown {
  let left = mostValues;
  const walk = (one: unknown): unknown => {
    if (--left < 0) throw new RangeError(`it holds more than ${String(mostValues)} values`);
    if (typeof one === 'bigint') return whole(one);
    if (typeof one === 'number' && !Number.isFinite(one)) return String(one);
    if (typeof one !== 'object' || one === null) return one;
    if (Buffer.isBuffer(one) || one instanceof Uint8Array) return Buffer.from(one).toString('base64');
    if (Long.isLong(one)) return whole(BigInt((one as unknown as bigint).toString()));
    if (Array.isArray(one)) return one.map(walk);
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value);
}

/** A whole number as JSON can have it. */
export const whole = (value: bigint): number | string =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
