export * from './schema.ts';
export { loadPlaybook, PlaybookError, type Playbook } from './load.ts';
export { condition, type Condition } from './condition.ts';
export { durationMs } from './duration.ts';
