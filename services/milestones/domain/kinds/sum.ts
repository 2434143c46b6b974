import { minorDigits, minorUnits } from '../money.ts';
import type { Kind } from './kind.ts';

/** A property of all events of a sort, added up in minor units, is at the threshold or above. */
export const sum: Kind = (rule) => {
  if (rule.kind !== 'sum') return undefined;
  const { property, currency } = rule;
  const threshold = minorUnits(rule.threshold, minorDigits(currency));
  if (threshold === undefined) {
    throw new Error(
      `Milestone ${rule.id}: threshold ${String(rule.threshold)} is too large to be counted exactly; give a smaller one.`,
    );
  }
  return { by: 'event', threshold, measured: ({ sum }) => sum, adds: { property, currency } };
};
