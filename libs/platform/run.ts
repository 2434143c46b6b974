import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { z } from 'zod';
import { loadPlaybook, PlaybookError } from '#playbook';
import type { Logger, Runtime, RuntimeOptions } from '#stream';
import { startRuntime } from '#stream/runtime';
import { placeOf } from './database.ts';
import { trustProxies } from './client-address.ts';
import { Ending } from './ending.ts';
import { defaultPort, type BaseEnvironment } from './env.ts';
import { kafkaOptions } from './kafka-options.ts';
import { InternalSide } from './internal-side.ts';
import { cleanerOf, createLogger } from './log.ts';
import { migrate } from './migrate.ts';
import { NestLogger } from './nest-logger.ts';
import { EnvironmentError, readEnvironment } from './read-env.ts';
import { RuntimeServer } from './runtime-server.ts';
import type { RunningService, ServiceDefinition } from './service.ts';
import { serviceModule } from './service.module.ts';
import { tracingOf } from './tracing.ts';

export async function run<Shape extends z.ZodRawShape = Record<never, never>>(
  definition: ServiceDefinition<Shape>,
): Promise<void> {
  const ending = new Ending(definition.service, process.env);
  ending.watch();
  try {
    await start(definition, process.env, ending);
  } catch (error) {
    process.stderr.write(`${toldAs(definition.service, error, ending)}\n`);
    process.exit(1);
  }
}

export async function start<Shape extends z.ZodRawShape = Record<never, never>>(
  definition: ServiceDefinition<Shape>,
  source: Readonly<Record<string, string | undefined>> = process.env,
  ending?: Ending,
): Promise<RunningService> {
  const env = readEnvironment(definition.service, definition.env ?? ({} as Shape), source);
  const playbook = loadPlaybook(env.HITO_PLAYBOOK);
  const logger = await createLogger(definition.service, env);
  ending?.knows(cleanerOf(env), logger);
  const tracing = await tracingOf(definition.service, env, logger);
  const parts = {
    processors: definition.processors(playbook, env),
    workers: definition.workers?.({ env, playbook, logger, tracing }) ?? [],
    tracer: tracing,
  };
  const server = new RuntimeServer(() => startService(definition, env, parts, logger), logger, tracing);
  const app = await NestFactory.create(serviceModule(definition, { env, playbook, logger, runtime: server.runtime, tracing }), {
    bodyParser: false,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  trustProxies(app, env.HITO_TRUSTED_PROXIES ?? []);
  app.connectMicroservice({ strategy: server });
  // Nest's other way, a second signal to itself, does nothing to PID 1: a container would wait for its last idle timer.
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  const close = (): Promise<void> => app.close();
  try {
    const internalUrl = await app.init().then((ready) => ready.get(InternalSide).open());
    const hasPublicSide = (definition.module?.controllers ?? []).length > 0;
    if (hasPublicSide) await app.listen(env.HITO_PORT ?? defaultPort(definition.service), env.HITO_HOST);
    const publicUrl = hasPublicSide ? await app.getUrl() : undefined;
    await app.startAllMicroservices();
    app.get(InternalSide).started = true;
    logger.info({ internalUrl, publicUrl, playbook: playbook.version }, 'Started');
    return { app, internalUrl, publicUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Our own words about a setting or a rule hide what is secret themselves, and quote the rest for its author. */
function toldAs(service: string, error: unknown, ending: Ending): string {
  if (error instanceof EnvironmentError || error instanceof PlaybookError) return error.message;
  if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return `${service} cannot start: ${(error as Error).message}. Set HITO_PORT or HITO_INTERNAL_PORT to a free port, or end what uses it.`;
  return ending.cleaned(`${service} could not start: ${(error as Error).stack ?? String(error)}`);
}

async function startService<Shape extends z.ZodRawShape>(
  { service, migrations }: ServiceDefinition<Shape>,
  env: BaseEnvironment,
  parts: Pick<RuntimeOptions, 'processors' | 'workers' | 'tracer'>,
  logger: Logger,
): Promise<Runtime> {
  const applied = await migrate(env.DATABASE_URL, migrations, placeOf(env.HITO_PREFIX, service));
  if (applied.length > 0) logger.info({ applied }, 'Migrated');
  return startRuntime({
    service,
    prefix: env.HITO_PREFIX,
    partitions: env.HITO_PARTITIONS,
    kafka: kafkaOptions(env, `${env.HITO_PREFIX}.${service}`),
    databaseUrl: env.DATABASE_URL,
    ...parts,
    logger,
    sessionTimeoutMs: env.HITO_SESSION_TIMEOUT_MS,
  });
}
