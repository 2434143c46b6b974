import { minorDigits, minorUnits } from '#facts';
import type { Kind } from './kind.ts';

/** A property of all events of a sort, added up in minor units, is at the threshold or above. */
export const sum: Kind = (rule) => {
  if (rule.kind !== 'sum') return undefined;
  const { property, currency } = rule;
  const digits = minorDigits(currency);
  if (digits === undefined) throw new Error(`Milestone ${rule.id}: ${currency} has no minor unit in which a sum is counted.`);
  const threshold = minorUnits(rule.threshold, digits);
  if (threshold === undefined || threshold < 1) {
    const better = threshold === undefined ? 'a smaller' : 'a larger';
    throw new Error(
      `Milestone ${rule.id}: threshold ${String(rule.threshold)} ${currency} cannot be counted in whole minor units; give ${better} one.`,
    );
  }
  return { by: 'event', nature: 'behaviour', threshold, measured: ({ sum }) => sum, adds: { property, currency, digits } };
};
