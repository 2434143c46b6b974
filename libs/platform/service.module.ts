import { Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { Playbook } from '#playbook';
import type { Logger, Runtime } from '#stream';
import type { Environment } from './env.ts';
import { HealthController } from './health.controller.ts';
import { MetricsController } from './metrics.controller.ts';
import { createMetrics } from './metrics.ts';
import { ENV, LOGGER, METRICS, PLAYBOOK, RUNTIME, SERVICE, type ServiceDefinition } from './service.ts';
import { StatusController } from './status.controller.ts';
import { StopLimit } from './stop-limit.ts';

@Module({})
class PlatformModule {}

/** Health, metrics and status beside the service's own HTTP side, with the platform's tokens injectable everywhere. */
export function serviceModule<Shape extends z.ZodRawShape>(
  definition: ServiceDefinition<Shape>,
  parts: { env: Environment<Shape>; playbook: Playbook; logger: Logger; runtime: Runtime },
): DynamicModule {
  const metrics: Registry = createMetrics(definition.service, parts.runtime);
  const tokens = [
    { provide: RUNTIME, useValue: parts.runtime },
    { provide: SERVICE, useValue: definition.service },
    { provide: ENV, useValue: parts.env },
    { provide: PLAYBOOK, useValue: parts.playbook },
    { provide: LOGGER, useValue: parts.logger },
    { provide: METRICS, useValue: metrics },
  ];
  const own = definition.module ?? {};
  return {
    module: PlatformModule,
    global: true,
    imports: [TerminusModule.forRoot({ logger: false }), ...(own.imports ?? [])],
    controllers: [HealthController, MetricsController, StatusController, ...(own.controllers ?? [])],
    providers: [
      ...tokens,
      { provide: StopLimit, useValue: new StopLimit(definition.stopWithinMs ?? 25_000, parts.logger) },
      ...(own.providers ?? []),
    ],
    exports: [...tokens.map((token) => token.provide), ...(own.exports ?? [])],
  };
}
