import type { Registry } from 'prom-client';
import { nobodyWord } from '#facts';
import {
  ENV,
  LOGGER,
  METRICS,
  PLAYBOOK,
  RUNTIME,
  TRACING,
  kafkaOptions,
  type Environment,
  type ServiceDefinition,
  type Tracing,
} from '#platform';
import type { Playbook } from '#playbook';
import type { Logger, Runtime } from '#stream';
import { Collector } from './collector.ts';
import { Admission } from './edge/admission.ts';
import { edgeRoutes } from './edge/described-routes.ts';
import { edgeMetrics } from './edge/edge-metrics.ts';
import { Intake } from './edge/intake.ts';
import { IntakeController } from './edge/intake.controller.ts';
import { LetterRate } from './edge/letter-rate.ts';
import { LiveGate } from './edge/live-gate.ts';
import { RefusalReport } from './edge/refusal-report.ts';
import { PixelController } from './edge/pixel.controller.ts';
import { SettingsController } from './edge/settings.controller.ts';
import { together } from './edge/together.ts';
import { WRITE_KEYS } from './edge/write-keys.ts';
import { ingestionVariables } from './environment.ts';
import { identity } from './identity.processor.ts';
import { AddSourceCursor1790000000003 } from './migrations/1790000000003-add-source-cursor.ts';
import { AddIdentityItems1790000000004 } from './migrations/1790000000004-add-identity-items.ts';
import { Initial1763769600000 } from './migrations/initial.ts';
import { profile } from './profile.processor.ts';
import { rulesOf } from './rules.ts';
import { checkSources, kafkaOf, registryOf, type Clusters } from './sources/clusters.ts';
import { readsSources } from './sources/sources.worker.ts';

/** Bounds of the edge: bytes of a body (also inflated), ms for it to come, ms for the broker to answer. */
const limits = { bytes: 5 * 1024 * 1024, withinMs: 10_000, produceWithinMs: 10_000 };

type Env = Environment<typeof ingestionVariables>;

/** Ingestion: the edge for event SDKs, `identity` and `profile`. */
export const ingestion: ServiceDefinition<typeof ingestionVariables> = {
  service: 'ingestion',
  env: ingestionVariables,
  processors: (playbook) => {
    const rules = rulesOf(playbook);
    return [
      { processor: identity, rules: rules.identity, rulesVersion: playbook.version },
      { processor: profile, rules: rules.profile, rulesVersion: playbook.version },
    ];
  },
  workers: ({ playbook, env, logger }) => {
    const known: Clusters = env.HITO_SOURCE_CLUSTERS ?? new Map();
    checkSources(playbook, known, env.HITO_WRITE_KEYS);
    if (playbook.sources.length === 0) return [];
    const own = kafkaOptions(env, `${env.HITO_PREFIX}.sources`);
    return [
      readsSources({
        playbook,
        partitions: env.HITO_PARTITIONS,
        kafka: (source) => kafkaOf(source, known, own),
        registry: (source) => registryOf(source, known),
        logger,
      }),
    ];
  },
  migrations: [Initial1763769600000, AddSourceCursor1790000000003, AddIdentityItems1790000000004],
  routes: edgeRoutes,
  module: {
    controllers: [IntakeController, PixelController, SettingsController],
    providers: [
      { provide: WRITE_KEYS, inject: [ENV], useFactory: (env: Env) => env.HITO_WRITE_KEYS },
      {
        provide: Intake,
        inject: [RUNTIME, ENV, PLAYBOOK, METRICS, LOGGER, TRACING],
        useFactory: (runtime: Runtime, env: Env, playbook: Playbook, metrics: Registry, logger: Logger, tracing?: Tracing) => {
          const { refusedCalls, lostWithdrawals, letterlessBodies, requests } = edgeMetrics(
            metrics,
            env.HITO_WRITE_KEYS.values(),
          );
          const { nobody } = playbook.ids;
          const counters = { refused: refusedCalls, lost: lostWithdrawals, letterless: letterlessBodies };
          const report = new RefusalReport(counters, logger, Date.now);
          return new Intake({
            collector: new Collector({
              log: { produce: together((records) => runtime.produce(records)) },
              prefix: env.HITO_PREFIX,
              nobody: new Set(nobody.map(nobodyWord)),
              secrets: new Set(playbook.secrets.map(({ property }) => property)),
              report,
            }),
            keys: env.HITO_WRITE_KEYS,
            gate: new LiveGate(runtime, env.HITO_PARTITIONS),
            admission: new Admission({ total: 256, perClient: 64, bytes: 64 * 1024 * 1024 }),
            report,
            letters: new LetterRate(Date.now),
            limits,
            answered: (status, seconds) => {
              requests.observe({ status: String(status) }, seconds);
            },
            logger,
            tracing,
            now: Date.now,
          });
        },
      },
    ],
  },
};
