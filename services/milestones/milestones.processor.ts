import { events, milestones, profiles } from '#contracts';
import { emit, processor, type Decision, type Message } from '#stream';
import { afterEvent, afterWake, aggregatesOf, nothingIgnored, type Reached, type Step } from './domain/milestones.ts';
import type { Rules } from './domain/rules.ts';
import { afterProfile, named, nobody, wakeAt, withYears, type MilestonesState } from './domain/state.ts';

type Inputs = typeof profiles | typeof events;

const iso = (at: number): string => new Date(at).toISOString();

function step(state: MilestonesState, message: Message<Inputs>, rules: Rules): Step {
  if (message.kind === 'wake') return afterWake(state, message.named, rules, message.at);
  switch (message.topic) {
    case 'profiles.v1':
      return { state: afterProfile(state, message.data, rules), reached: [], ignored: nothingIgnored };
    case 'events.v1': {
      const { event, properties, moment, moment_source, claim } = message.data;
      const dated = moment_source !== 'arrival' || claim === undefined;
      return afterEvent(state, { event, properties, moment: Date.parse(moment), at: message.at, dated }, rules);
    }
  }
}

function published(
  { definition, occurrence, occurredAt, value, threshold, localDate }: Reached,
  state: MilestonesState,
  version: string,
) {
  const { first_at, last_at, ...numbers } = aggregatesOf(state, definition);
  return emit(milestones, {
    milestone: definition.id,
    kind: definition.kind,
    nature: definition.meaning.nature,
    occurrence: String(occurrence),
    significance: definition.significance,
    occurred_at: iso(occurredAt),
    value,
    threshold,
    aggregates: {
      ...numbers,
      ...(first_at !== undefined && { first_at: iso(first_at) }),
      ...(last_at !== undefined && { last_at: iso(last_at) }),
      ...(localDate !== undefined && { local_date: localDate }),
    },
    rule: { id: definition.id, version },
  });
}

/** Milestones reached (`milestone.<id>`), dates not believed (`ignored.dates`) and amounts not read (`unreadable.<source>.amount.<reason>`). */
const tallied = ({ reached, ignored }: Step, source: string): Record<string, number> => ({
  ...Object.fromEntries(reached.map(({ definition }) => [`milestone.${definition.id}`, 1])),
  ...(ignored.dates > 0 && { 'ignored.dates': ignored.dates }),
  ...Object.fromEntries(
    [...Map.groupBy(ignored.amounts, (why) => why)].map(([why, { length }]) => [`unreadable.${source}.amount.${why}`, length]),
  ),
});

function decided(state: MilestonesState | undefined, message: Message<Inputs>, rules: Rules): Decision<MilestonesState> {
  const taken = step(state ?? nobody, message, rules);
  if (taken.state === (state ?? nobody)) return { state };
  return {
    state: taken.state,
    emit: taken.reached.map((reached) => published(reached, taken.state, rules.version)),
    tally: tallied(taken, message.kind === 'record' && message.topic === 'events.v1' ? message.data.source : ''),
  };
}

const decide = (state: MilestonesState | undefined, message: Message<Inputs>, rules: Rules): Decision<MilestonesState> =>
  rules.failures.counted(() => decided(state, message, rules));

/** What people have reached: so many events, so much in sum, so many years. Each occurrence once for ever. */
export const milestonesProcessor = processor({
  service: 'milestones',
  name: 'milestones',
  version: 3,
  maxStateBytes: 65_536,
  upgrades: { 1: withYears, 2: named },
  inputs: [
    { contract: profiles, kind: 'ordered' },
    { contract: events, kind: 'ordered' },
  ],
  outputs: [{ contract: milestones }],
  decide,
  wakeAt,
});
