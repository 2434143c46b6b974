export { clientAddress, networkOf, trustProxies } from './client-address.ts';
export {
  secretKeys,
  variable,
  baseVariables,
  brokerVariables,
  defaultInternalPort,
  defaultPort,
  type BaseEnvironment,
  type Environment,
  type VariableMeta,
} from './env.ts';
export { variableRows, variableTable, type VariableRow } from './env-table.ts';
export { EnvironmentError, problemsOf, readEnvironment, readVariables } from './read-env.ts';
export { kafkaOptions } from './kafka-options.ts';
export { Ending } from './ending.ts';
export { cleanerOf, createLogger, hashedPerson } from './log.ts';
export { run, start } from './front.ts';
export {
  ENV,
  LOGGER,
  METRICS,
  TRACING,
  PLAYBOOK,
  RUNTIME,
  SERVICE,
  defaultStopWithinMs,
  type ProcessorEntry,
  type RunningService,
  type ServiceDefinition,
  type WorkerContext,
} from './service.ts';
export { summed, type Failed, type Refused, type ServiceStatus, type Suppressed } from './service-status.ts';
export { internalRoutes } from './internal-routes.ts';
export { topicSpecs, type TopicSpec } from './topics.ts';
export { applyDatabase, placeOf, type DatabaseOptions, type DatabaseResult } from './database.ts';
export { keyRing, ringVariable, type KeyRing, type RingEntry, type RingKey } from './key-ring.ts';
export { credentialMetrics } from './credential-metrics.ts';
export { createMetrics } from './metrics.ts';
export { mailDelayTally } from './tally-histogram.ts';
export { whole } from './whole.ts';
export { seal, unseal, type Unsealable } from './sealed.ts';
export type { Tracing } from './tracing.ts';
