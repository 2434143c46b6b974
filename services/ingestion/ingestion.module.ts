import { categoryPolicies } from '#facts';
import { ENV, LOGGER, RUNTIME, type Environment, type ServiceDefinition } from '#platform';
import type { Logger, Runtime } from '#stream';
import { Collector } from './collector.ts';
import { Admission } from './edge/admission.ts';
import { Intake } from './edge/intake.ts';
import { IntakeController } from './edge/intake.controller.ts';
import { LiveGate } from './edge/live-gate.ts';
import { together } from './edge/together.ts';
import { ingestionVariables } from './environment.ts';
import { identity } from './identity.processor.ts';
import { Initial1763769600000 } from './migrations/initial.ts';
import { profile } from './profile.processor.ts';

/** Bounds of the edge: bytes of a body (also inflated), ms for it to come, ms for the broker to answer. */
const limits = { bytes: 5 * 1024 * 1024, withinMs: 10_000, produceWithinMs: 10_000 };

/** Ingestion: the edge for event SDKs, `identity` and `profile`. */
export const ingestion: ServiceDefinition<typeof ingestionVariables> = {
  service: 'ingestion',
  env: ingestionVariables,
  processors: ({ version: rulesVersion, categories }) => [
    { processor: identity, rules: undefined, rulesVersion },
    { processor: profile, rules: categoryPolicies(categories), rulesVersion },
  ],
  migrations: [Initial1763769600000],
  module: {
    controllers: [IntakeController],
    providers: [
      {
        provide: Intake,
        inject: [RUNTIME, ENV, LOGGER],
        useFactory: (runtime: Runtime, env: Environment<typeof ingestionVariables>, logger: Logger) =>
          new Intake({
            collector: new Collector({ produce: together((records) => runtime.produce(records)) }, env.HITO_PREFIX),
            keys: env.HITO_WRITE_KEYS,
            gate: new LiveGate(runtime, env.HITO_PARTITIONS),
            admission: new Admission({ total: 256, perClient: 64, bytes: 64 * 1024 * 1024 }),
            limits,
            logger,
            now: Date.now,
          }),
      },
    ],
  },
};
