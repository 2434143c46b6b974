import type { ModuleMetadata } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { hits, topicOf } from '#contracts';
import { ENV, METRICS, PLAYBOOK, RUNTIME, type BaseEnvironment } from '#platform';
import type { Playbook } from '#playbook';
import type { Runtime } from '#stream';
import { QueueAges } from '../queue-ages.ts';
import { ClickController } from './click.controller.ts';
import { HitLog } from './hit-log.ts';
import { lostHits, refusedLinks } from './tracking-metrics.ts';
import { OpenController } from './open.controller.ts';
import { titlesOf, type CategoryTitles } from './category-titles.ts';
import { tokensOf, type LinkEnvironment } from './tokens-of.ts';
import { CATEGORY_TITLES, LINK_TOKENS, REFUSED_LINKS } from './tokens.provider.ts';
import { UnsubscribeController } from './unsubscribe.controller.ts';

/** Delivery's HTTP side for recipients: open pixel, click redirect, unsubscription. It only writes hits. */
export const tracking = {
  controllers: [OpenController, ClickController, UnsubscribeController],
  providers: [
    QueueAges,
    { provide: LINK_TOKENS, inject: [ENV], useFactory: (env: LinkEnvironment) => tokensOf(env) },
    {
      provide: REFUSED_LINKS,
      inject: [METRICS],
      useFactory: (registry: Registry) => refusedLinks(registry),
    },
    {
      provide: CATEGORY_TITLES,
      inject: [{ token: PLAYBOOK, optional: true }],
      useFactory: (playbook: Playbook | undefined): CategoryTitles => titlesOf(playbook?.categories ?? []),
    },
    {
      provide: HitLog,
      inject: [ENV, RUNTIME, METRICS],
      useFactory: (env: BaseEnvironment, runtime: Runtime, registry: Registry) => {
        const lost = lostHits(registry);
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
