export { condition, ConditionError, type Condition, type Fact, type Facts, type FailureListener } from './condition.ts';
export { Failures, failureTally } from './failures.ts';
export { eventMatcher, type EventMatch, type EventMatcher, type MatchableEvent } from './event-matcher.ts';
export { traitsKept, traitsLimit } from './traits-kept.ts';
