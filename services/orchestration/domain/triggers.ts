import type { DataOf, events } from '#contracts';
import { candidateId, type Candidate } from './candidate.ts';
import type { Happening } from './input.ts';
import type { Person } from './person.ts';
import { policyOf, type EventMatch, type OrchestrationRules, type Play } from './rules.ts';
import * as variables from './variables.ts';

/** What happened, in the words that all candidates share. */
interface Trigger {
  readonly name: string;
  readonly occurredAt: number;
  readonly behaviour: boolean;
  readonly variables: Readonly<Record<string, unknown>>;
}

const none: readonly never[] = [];

/** The plays that a message sets off; asked of every event, so it comes first and does little. */
function startedPlays(message: Happening, person: Person, { start }: OrchestrationRules): readonly Play[] {
  switch (message.topic) {
    case 'milestones.v1':
      return start.milestone.get(message.data.milestone) ?? none;
    case 'stages.v1':
      return start.stage.get(message.data.to) ?? none;
    case 'scores.v1':
      return message.data.band === message.data.previous_band ? none : (start.band.get(message.data.band) ?? none);
    case 'events.v1':
      return matching(start.event.get(message.data.event), message.data, person);
  }
}

function matching(
  matches: readonly EventMatch[] | undefined,
  { properties, source }: DataOf<typeof events>,
  person: Person,
): readonly Play[] {
  if (matches === undefined) return none;
  const facts = { properties, traits: person.traits ?? {} };
  return matches.filter(({ holds, sources }) => sources?.has(source) !== false && holds(facts)).map(({ play }) => play);
}

/** `room`: how many bytes an event's properties may take. */
function triggerOf(message: Happening, { hide }: OrchestrationRules, room: number): Trigger {
  switch (message.topic) {
    case 'milestones.v1': {
      const { milestone, occurred_at, nature } = message.data;
      return {
        name: milestone,
        occurredAt: Date.parse(occurred_at),
        behaviour: nature === 'behaviour',
        variables: variables.ofMilestone(message.data),
      };
    }
    case 'stages.v1':
      return {
        name: message.data.to,
        occurredAt: Date.parse(message.data.occurred_at),
        behaviour: false,
        variables: variables.ofStage(message.data),
      };
    case 'scores.v1':
      return {
        name: message.data.band,
        occurredAt: message.data.occurred_at === undefined ? message.at : Date.parse(message.data.occurred_at),
        behaviour: false,
        variables: variables.ofScore(message.data),
      };
    case 'events.v1':
      return {
        name: message.data.event,
        occurredAt: Date.parse(message.data.moment),
        behaviour: false,
        variables: variables.ofEvent(message.data, hide, room),
      };
  }
}

/** A legal mail to a known address leaves at once, so that what waits takes no room from it. */
const leavesAtOnce =
  ({ addressed }: Person, rules: OrchestrationRules) =>
  ({ category }: Play): boolean =>
    addressed === true && policyOf(rules, category).legal;

/** The candidates that a message starts: one for each play it triggers. */
export function candidatesOf(message: Happening, person: Person, rules: OrchestrationRules): readonly Candidate[] {
  const plays = startedPlays(message, person, rules);
  if (plays.length === 0) return none;
  const trigger = triggerOf(message, rules, variables.roomBeside(person.open, plays.length));
  const alone = plays.some(leavesAtOnce(person, rules)) ? triggerOf(message, rules, variables.propertyLimit) : trigger;
  return plays.map((play) => ({
    id: candidateId(message.id, play.id),
    play: play.id,
    category: play.category,
    behaviour: trigger.behaviour,
    priority: play.priority,
    occurredAt: trigger.occurredAt,
    notAfter: trigger.occurredAt + play.notAfterMs,
    since: message.at,
    nextTry: message.at,
    trigger: { id: message.id, topic: message.topic, name: trigger.name },
    ...(message.trace !== undefined && { trace: message.trace }),
    variables: (leavesAtOnce(person, rules)(play) ? alone : trigger).variables,
  }));
}

/** The plays whose open candidates a message withdraws. */
export function exitedPlays(message: Happening, person: Person, { exit }: OrchestrationRules): readonly Play[] {
  switch (message.topic) {
    case 'stages.v1':
      return exit.stageLeft.get(message.data.from) ?? none;
    case 'events.v1':
      return matching(exit.event.get(message.data.event), message.data, person);
    case 'scores.v1':
    case 'milestones.v1':
      return none;
  }
}
