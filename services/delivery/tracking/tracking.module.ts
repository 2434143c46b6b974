import type { ModuleMetadata } from '@nestjs/common';
import { Counter, type Registry } from 'prom-client';
import { hits, topicOf } from '#contracts';
import { ENV, METRICS, RUNTIME, type BaseEnvironment } from '#platform';
import type { Runtime } from '#stream';
import { ClickController } from './click.controller.ts';
import { HitLog } from './hit-log.ts';
import { OpenController } from './open.controller.ts';
import { LINK_TOKENS } from './tokens.provider.ts';
import { linkTokens } from './token.ts';
import { UnsubscribeController } from './unsubscribe.controller.ts';

/** Delivery's HTTP side for recipients: open pixel, click redirect, unsubscription. It only writes hits. */
export const tracking = {
  controllers: [OpenController, ClickController, UnsubscribeController],
  providers: [
    { provide: LINK_TOKENS, inject: [ENV], useFactory: (env: BaseEnvironment) => linkTokens(env.HITO_SIGNING_KEY) },
    {
      provide: HitLog,
      inject: [ENV, RUNTIME, METRICS],
      useFactory: (env: BaseEnvironment, runtime: Runtime, registry: Registry) => {
        const lost = new Counter({
          name: 'hito_hits_lost_total',
          help: 'Opens and clicks that could not be written to the broker',
          labelNames: ['kind'],
          registers: [registry],
        });
        return new HitLog({
          topic: topicOf(env.HITO_PREFIX, hits),
          produce: (records) => runtime.produce(records),
          lost: (kind) => {
            lost.inc({ kind });
          },
        });
      },
    },
  ],
} satisfies ModuleMetadata;
