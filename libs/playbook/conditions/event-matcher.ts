import { condition, type FailureListener } from './condition.ts';

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

/** Compiles an event match of the playbook, once. Throws ConditionError where its condition is none. */
export function eventMatcher({ event: name, where }: EventMatch, failed?: FailureListener): EventMatcher {
  if (where === undefined) return ({ event }) => event === name;
  const holds = condition(where, 'properties', failed);
  return ({ event, properties }, traits) =>
    event === name && holds(traits === undefined ? { properties } : { properties, traits });
}
