export { condition, type Condition, type Fact, type Facts, type FailureListener } from './condition.ts';
export { Failures, failureTally } from './failures.ts';
export {
  eventMatcher,
  matchName,
  matchNameFrom,
  type EventMatch,
  type EventMatcher,
  type MatchableEvent,
} from './event-matcher.ts';
export { traitsKept, traitsLimit } from './traits-kept.ts';
export { expression, type Answer, type Expression, type Target } from './expression.ts';
export { ConditionError } from './read.ts';
