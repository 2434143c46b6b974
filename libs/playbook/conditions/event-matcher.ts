import { ConditionError } from './read.ts';
import { canonical, condition, type FailureListener } from './condition.ts';

/** Which events something is about: their name and, where given, a condition on their properties and the person's traits. */
export interface EventMatch {
  readonly event: string;
  readonly where?: string | undefined;
}
export interface MatchableEvent {
  readonly event: string;
  readonly properties: Readonly<Record<string, unknown>>;
}
/** True for the events meant; never throws. */
export type EventMatcher = (event: MatchableEvent, traits?: Readonly<Record<string, unknown>>) => boolean;

/** What an event match is called in states: the same for every spelling of one condition. Throws ConditionError where it is none. */
export const matchName = ({ event, where }: EventMatch): string =>
  where === undefined ? event : `${event} where ${canonical(where)}`;

/** A name that states of an older release kept, in today's form. One that is no condition any more stays as it is. */
export function matchNameFrom(name: string): string {
  const [event = name, where] = name.split(/ where (.*)/s, 2);
  try {
    return matchName({ event, where });
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error;
    return name;
  }
}

/** Compiles an event match of the playbook, once. Throws ConditionError where its condition is none. */
export function eventMatcher({ event: name, where }: EventMatch, failed?: FailureListener): EventMatcher {
  if (where === undefined) return ({ event }) => event === name;
  const holds = condition(where, 'properties', failed);
  return ({ event, properties }, traits) =>
    event === name && holds(traits === undefined ? { properties } : { properties, traits });
}
