import { z } from 'zod';
import { digestBytes } from '../digest.ts';
import type { Kind, Measure } from '../measure.ts';
import { path } from '../path.ts';
import { emptySketch, estimate, sketchOf, union } from '../sketch.ts';
import { meant, span } from '../span.ts';
import { within } from './window.ts';

/** The digests themselves, in order, while they are few; a sketch of them afterwards. */
type Seen = readonly string[] | string;
export interface Distinct {
  readonly count: number;
  /** Whether the count is an estimate. */
  readonly approximate: boolean;
}
interface Precision {
  readonly exactTo: number;
  readonly bits: number;
}
/** Of all time: an error of 3.3 % beyond 64. A window keeps one per day, with 6.5 % beyond 24. */
const ofAllTime: Precision = { exactTo: 64, bits: 10 };
const ofWindow: Precision = { exactTo: 24, bits: 8 };

const distinctBy = (by: string, { exactTo, bits }: Precision): Measure<Seen, Distinct> => {
  const merge = (one: Seen, other: Seen): Seen => {
    if (typeof one === 'string') return typeof other === 'string' ? union(one, other) : sketchOf(one, other);
    if (typeof other === 'string') return sketchOf(other, one);
    const all = [...new Set([...one, ...other])].sort();
    return all.length <= exactTo ? all : sketchOf(emptySketch(bits), all);
  };
  return {
    shape: `distinct ${by}`,
    maxBytes: 2 + Math.max(exactTo * (digestBytes + 1), 2 ** bits),
    begin: [],
    take: (seen, { marks }) => {
      const mark = marks?.[by];
      if (mark === undefined || (typeof seen !== 'string' && seen.includes(mark))) return seen;
      return merge(seen, [mark]);
    },
    merge,
    value: (seen) =>
      typeof seen === 'string' ? { count: estimate(seen), approximate: true } : { count: seen.length, approximate: false },
    nextChange: () => undefined,
  };
};

/** How many different values a property had: exact while they are few, then an estimate that says so. */
export const distinct: Kind<{ distinct: string; in: string }> = {
  schema: z.strictObject({ distinct: path, in: span.default('ever') }),
  marks: (spec) => spec.distinct,
  measure: (spec) => {
    const over = meant(spec.in);
    return within(over, distinctBy(spec.distinct, over === undefined ? ofAllTime : ofWindow));
  },
};
