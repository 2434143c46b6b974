import { events, profiles, scores, stages } from '#contracts';
import { emit, processor, type Decision, type Message } from '#stream';
import { afterEvent, afterScore, afterWake, nextByTime, type Move, type Step } from './domain/moves.ts';
import type { Rules } from './domain/rules.ts';
import { begin, named, rememberTraits, type StageState } from './domain/state.ts';

type Inputs = typeof profiles | typeof events | typeof scores;

const iso = (at: number): string => new Date(at).toISOString();

function step(state: StageState, message: Message<Inputs>, rules: Rules): Step {
  if (message.kind === 'wake') return afterWake(state, message.named, rules);
  switch (message.topic) {
    case 'profiles.v1':
      return { state: rememberTraits(state, message.data.traits, rules) };
    case 'events.v1': {
      const { event, properties, moment } = message.data;
      return afterEvent(state, { id: message.id, event, properties, moment: Date.parse(moment) }, rules);
    }
    case 'scores.v1': {
      const { band, previous_band, occurred_at } = message.data;
      const moment = occurred_at === undefined ? message.at : Date.parse(occurred_at);
      return afterScore(state, { band, previous_band, moment }, rules);
    }
  }
}

const published = ({ rule, from, to, occurredAt, evidence }: Move, { version }: Rules) => {
  const { since, ...rest } = evidence;
  return emit(stages, {
    from,
    to,
    occurred_at: iso(occurredAt),
    rule: { id: rule, version },
    evidence: since === undefined ? rest : { ...rest, since: iso(since) },
  });
};

/**
 * People per stage (`stage.<name>`, a person counts from their first message on), transitions made (`transition.<from>→<to>`), and how
 * often people churned and returned: from one stage of silence to another is neither.
 */
function tallied(isNew: boolean, stage: string, move: Move | undefined, { churned }: Rules): Record<string, number> {
  if (move === undefined) return isNew ? { [`stage.${stage}`]: 1 } : {};
  const { from, to } = move;
  const gone = Number(churned.has(to)) - Number(churned.has(from));
  return {
    ...(isNew ? {} : { [`stage.${from}`]: -1 }),
    [`stage.${to}`]: 1,
    [`transition.${from}→${to}`]: 1,
    ...(gone === 1 && { churned: 1 }),
    ...(gone === -1 && { returned: 1 }),
  };
}

function decided(state: StageState | undefined, message: Message<Inputs>, rules: Rules): Decision<StageState> {
  if (state === undefined && message.kind === 'wake') return { state };
  const { state: after, move } = step(state ?? begin(rules), message, rules);
  if (move === undefined && state !== undefined) return { state: after };
  return {
    state: after,
    emit: move === undefined ? [] : [published(move, rules)],
    tally: tallied(state === undefined, after.stage, move, rules),
  };
}

const decide = (state: StageState | undefined, message: Message<Inputs>, rules: Rules): Decision<StageState> =>
  rules.failures.counted(() => decided(state, message, rules));

/** Where every person stands between first visit and farewell: any stage to any other, by an event, a score band or silence. */
export const stagesProcessor = processor({
  service: 'stages',
  name: 'stages',
  version: 2,
  upgrades: { 1: named },
  maxStateBytes: 65_536,
  inputs: [
    { contract: profiles, kind: 'ordered' },
    { contract: events, kind: 'ordered' },
    { contract: scores, kind: 'ordered' },
  ],
  outputs: [{ contract: stages }],
  decide,
  wakeAt: (state, rules: Rules) => nextByTime(state, rules)?.at,
});
