import { settle } from './bands.ts';
import type { Rules } from './rules.ts';
import { placed, totalAt, type ScoreState } from './score.ts';

/** The last instant that a date can hold, epoch ms. */
const lastInstant = 8.64e15;

/**
 * The first millisecond, after the last change, at which decay alone puts the total into another band; undefined where it never does.
 * Behaviour fades towards 0, so a total only falls towards its fit (or rises, from below): at most one edge is next, and
 * 2^(-t / half-life) is solved for it. What the formula leaves to rounding is settled by the same arithmetic that judges the wake.
 */
export function wakeAt(given: ScoreState, rules: Rules): number | undefined {
  const state = placed(given, rules);
  const after = Math.max(state.as_of, state.since);
  const edge = nextEdge(state, rules);
  if (edge === undefined) return undefined;
  const computed = state.as_of + Math.ceil(rules.halfLifeMs * Math.log2(state.value / (edge - state.fit)));
  return firstAfter(after, computed, (at) => settle(rules.bands, state.band, totalAt(state, at, rules)) !== state.band);
}

/** The total at which the band is left, if decay ever takes it there. */
function nextEdge({ value, fit, band }: ScoreState, { bands, floor }: Rules): number | undefined {
  const index = bands.findIndex(({ id }) => id === band);
  if (index < 0 || value === 0) return undefined;
  const edge = value > 0 ? bands[index]?.leave : bands[index + 1]?.from;
  if (edge === undefined || (value > 0 ? edge <= Math.max(fit, floor) : edge >= fit)) return undefined;
  return edge;
}

/** The smallest whole number above `after` for which `holds`, where it holds for all larger ones too, sought from a guess. */
function firstAfter(after: number, guess: number, holds: (at: number) => boolean): number | undefined {
  let low = after;
  let high = Math.max(after + 1, guess);
  for (let step = 1; high <= lastInstant && !holds(high); step *= 2) {
    low = high;
    high += step;
  }
  if (high > lastInstant) return undefined;
  for (let step = 1; high - step > low; step *= 2) {
    if (!holds(high - step)) {
      low = high - step;
      break;
    }
    high -= step;
  }
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
