import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { z } from 'zod';
import type { Playbook } from '#playbook';
import type { Logger, Runtime } from '#stream';
import { credentialMetrics } from './credential-metrics.ts';
import { baseVariables, type Environment } from './env.ts';
import { withoutServerName } from './http.ts';
import { internalRoutes } from './internal-routes.ts';
import { InternalSide } from './internal-side.ts';
import { createMetrics } from './metrics.ts';
import {
  ENV,
  LOGGER,
  METRICS,
  PLAYBOOK,
  ROUTES,
  RUNTIME,
  SERVICE,
  TRACING,
  defaultStopWithinMs,
  type ServiceDefinition,
} from './service.ts';
import { StopLimit } from './stop-limit.ts';
import type { Tracing } from './tracing.ts';

@Module({})
class PlatformModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    withoutServerName(this.host);
  }
}

/** The service's own HTTP side and nothing else, with the platform's tokens injectable everywhere. */
export function serviceModule<Shape extends z.ZodRawShape>(
  definition: ServiceDefinition<Shape>,
  parts: { env: Environment<Shape>; playbook: Playbook; logger: Logger; runtime: Runtime; tracing: Tracing | undefined },
): DynamicModule {
  const metrics = createMetrics(definition.service, parts.runtime, parts.playbook);
  credentialMetrics(metrics, { ...baseVariables, ...definition.env }, parts.env.KAFKA_SSL_CA, process.env);
  const tokens = [
    { provide: RUNTIME, useValue: parts.runtime },
    { provide: SERVICE, useValue: definition.service },
    { provide: ENV, useValue: parts.env },
    { provide: PLAYBOOK, useValue: parts.playbook },
    { provide: LOGGER, useValue: parts.logger },
    { provide: ROUTES, useValue: [...(definition.routes ?? []), ...internalRoutes] },
    { provide: METRICS, useValue: metrics },
    { provide: TRACING, useValue: parts.tracing },
  ];
  const own = definition.module ?? {};
  return {
    module: PlatformModule,
    global: true,
    imports: own.imports ?? [],
    controllers: own.controllers ?? [],
    providers: [
      ...tokens,
      InternalSide,
      { provide: StopLimit, useValue: new StopLimit(definition.stopWithinMs?.(parts.env) ?? defaultStopWithinMs, parts.logger) },
      ...(own.providers ?? []),
    ],
    exports: [...tokens.map((token) => token.provide), ...(own.exports ?? [])],
  };
}
