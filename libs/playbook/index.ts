export * from './schema.ts';
export { eventMatcher, type EventMatch, type EventMatcher, type MatchableEvent } from './event-matcher.ts';
export { loadPlaybook, parsePlaybook, PlaybookError, type Playbook } from './load.ts';
export { condition, traitsRead, ConditionError, type Condition, type Facts } from './condition.ts';
export { durationMs } from './duration.ts';
export { playbookJsonSchema } from './json-schema.ts';
