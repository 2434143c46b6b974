import fc from 'fast-check';
import { cut, wellFormed } from '#facts';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

/** Text from outside, cleaned and cut, is text that Postgres and Kafka take. */
export const text = target(
  'facts/text',
  fc.property(anyUnits, fc.integer({ min: 1, max: 50 }), (raw, max) => {
    const short = cut(wellFormed(raw), max);
    return short.isWellFormed() && !short.includes('\0') && short.length <= max && wellFormed(raw).startsWith(short);
  }),
);
