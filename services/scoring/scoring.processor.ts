import { events, profiles, scores } from '#contracts';
import { emit, processor, type Decision, type Emission, type Message } from '#stream';
import type { Rules } from './domain/rules.ts';
import { afterEvent, afterProfile, afterWake, type Report, type ScoreState, type Step } from './domain/score.ts';
import { wakeAt } from './domain/wake-at.ts';

type Inputs = typeof profiles | typeof events;

function step(state: ScoreState | undefined, message: Message<Inputs>, rules: Rules): Step {
  if (message.kind === 'wake') return afterWake(state, message.named, rules);
  switch (message.topic) {
    case 'profiles.v1':
      return afterProfile(state, message.data.traits, message.at, rules);
    case 'events.v1': {
      const { event, properties, moment } = message.data;
      return afterEvent(state, { event, properties, moment: Date.parse(moment), at: message.at }, rules);
    }
  }
}

/** Points as they are published: to a thousandth. Bands are decided by the exact numbers of the state. */
const rounded = (points: number): number => Math.round(points * 1_000) / 1_000 + 0;

const published = (
  { engagement, fit, total, band, previousBand, award, at }: Report,
  message: Message<Inputs>,
  { version }: Rules,
): Emission =>
  emit(scores, {
    engagement: rounded(engagement),
    fit: rounded(fit),
    total: rounded(total),
    band,
    previous_band: previousBand,
    ...(at !== message.at && { occurred_at: new Date(at).toISOString() }),
    rule: { id: award.rule, version },
    points: rounded(award.points),
    ...(award.parts && { parts: award.parts.map(({ rule, points }) => ({ rule, points: rounded(points) })) }),
  });

/** People per band (`band.<id>`; a person counts from their first points, or kept trait, on). */
function tallied(before: ScoreState | undefined, after: ScoreState): Record<string, number> | undefined {
  if (before?.band === after.band) return undefined;
  return { ...(before && { [`band.${before.band}`]: -1 }), [`band.${after.band}`]: 1 };
}

function decided(before: ScoreState | undefined, message: Message<Inputs>, rules: Rules): Decision<ScoreState> {
  const { state, report } = step(before, message, rules);
  if (state === undefined || state === before) return { state };
  return { state, emit: report && [published(report, message, rules)], tally: tallied(before, state) };
}

const decide = (before: ScoreState | undefined, message: Message<Inputs>, rules: Rules): Decision<ScoreState> =>
  rules.failures.counted(() => decided(before, message, rules));

/** How warm a person is: points for behaviour, fading by half-life, and for who they are; bands, left by time alone at a computed instant. */
export const scoringProcessor = processor({
  service: 'scoring',
  name: 'scoring',
  version: 1,
  maxStateBytes: 65_536,
  inputs: [
    { contract: profiles, kind: 'ordered' },
    { contract: events, kind: 'ordered' },
  ],
  outputs: [{ contract: scores }],
  decide,
  wakeAt,
});
