import type { Kind } from './kind.ts';

/** The N-th event of a sort. */
export const count: Kind = (rule) =>
  rule.kind === 'count'
    ? { by: 'event', nature: 'behaviour', threshold: rule.threshold, measured: ({ count }) => count }
    : undefined;
