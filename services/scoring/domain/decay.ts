/** What is left of points after `ms` milliseconds: half after each half-life. Nothing grows by looking back in time. */
export const decayed = (points: number, ms: number, halfLifeMs: number): number =>
  ms > 0 ? points * 2 ** (-ms / halfLifeMs) + 0 : points; // + 0: nothing left of a minus is 0, not -0
