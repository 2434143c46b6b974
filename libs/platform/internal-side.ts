import {
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type INestApplication,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import type { Registry } from 'prom-client';
import type { Service } from '#contracts';
import type { Route } from '#reference';
import type { Logger, Runtime } from '#stream';
import { defaultInternalPort, type BaseEnvironment } from './env.ts';
import { HealthController } from './health.controller.ts';
import { withoutServerName } from './http.ts';
import { MetricsController } from './metrics.controller.ts';
import { NestLogger } from './nest-logger.ts';
import { ReferenceController } from './reference.controller.ts';
import { ENV, LOGGER, METRICS, ROUTES, RUNTIME, SERVICE, STARTED, TRACING } from './service.ts';
import { StatusController } from './status.controller.ts';
import type { Tracing } from './tracing.ts';

/** What answers on the internal port; `internalRoutes` describes it. */
export const internalControllers = [HealthController, MetricsController, StatusController, ReferenceController];

@Module({})
class InternalModule {}

/**
 * Health, metrics and status on a port of their own: who may send events or open a mail cannot reach them. They answer from before the
 * runtime's start until it has stopped.
 */
@Injectable()
export class InternalSide implements OnApplicationShutdown {
  private app: INestApplication | undefined;
  /** Set when the start is through. */
  started = false;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(SERVICE) private readonly service: Service,
    @Inject(ENV) private readonly env: BaseEnvironment,
    @Inject(METRICS) private readonly metrics: Registry,
    @Inject(ROUTES) private readonly routes: readonly Route[],
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(TRACING) private readonly tracing: Tracing | undefined,
  ) {}

  /** Listens and says where. Rejects when the port is taken. */
  async open(): Promise<string> {
    const app = await NestFactory.create(this.module(), { logger: new NestLogger(this.logger), abortOnError: false });
    this.app = app;
    withoutServerName(app.get(HttpAdapterHost));
    await app.listen(this.env.HITO_INTERNAL_PORT ?? defaultInternalPort(this.service), this.env.HITO_INTERNAL_HOST);
    return app.getUrl();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.app?.close();
  }

  private module(): DynamicModule {
    return {
      module: InternalModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [...internalControllers],
      providers: [
        { provide: RUNTIME, useValue: this.runtime },
        { provide: SERVICE, useValue: this.service },
        { provide: ENV, useValue: this.env },
        { provide: METRICS, useValue: this.metrics },
        { provide: TRACING, useValue: this.tracing },
        { provide: ROUTES, useValue: this.routes },
        { provide: STARTED, useValue: () => this.started },
      ],
    };
  }
}
