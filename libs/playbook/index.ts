export * from './schema.ts';
export { loadPlaybook, parsePlaybook, PlaybookError, type Playbook } from './load.ts';
export * from './conditions/index.ts';
export { durationMs } from './duration.ts';
export { playbookJsonSchema } from './json-schema.ts';
