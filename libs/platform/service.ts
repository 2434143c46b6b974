import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { MigrationInterface } from 'typeorm';
import type { z } from 'zod';
import type { Service } from '#contracts';
import type { Playbook } from '#playbook';
import type { Route } from '#reference';
import type { Logger, RuntimeOptions, Worker } from '#stream';
import type { Environment } from './env.ts';
import type { Tracing } from './tracing.ts';

/** Injects the `Runtime` of #stream. It is there at once; before its start is through, `notReady` says what it waits for. */
export const RUNTIME = Symbol('RUNTIME');
/** Injects the checked environment: `Environment<typeof variables>`. */
export const ENV = Symbol('ENV');
/** Injects the `Playbook` of #playbook. */
export const PLAYBOOK = Symbol('PLAYBOOK');
/** Injects the `Logger` of #stream. */
export const LOGGER = Symbol('LOGGER');
/** Injects, on the internal side, a function that says whether the start is through. */
export const STARTED = Symbol('STARTED');
/** Injects the `Tracing`, or undefined where no traces are followed. */
export const TRACING = Symbol('TRACING');
/** Injects the service's name. */
export const SERVICE = Symbol('SERVICE');
/** Injects the described routes of the service: its own and the internal ones. */
export const ROUTES = Symbol('ROUTES');
/** Injects prom-client's `Registry`, for a service's own metrics. */
export const METRICS = Symbol('METRICS');

/** How long an orderly stop may take where a service names no time of its own, ms. */
export const defaultStopWithinMs = 25_000;

/** A processor with its part of the playbook and that part's version. */
export type ProcessorEntry = RuntimeOptions['processors'][number];

/** What a worker is made from. */
export interface WorkerContext<Shape extends z.ZodRawShape> {
  readonly env: Environment<Shape>;
  readonly playbook: Playbook;
  readonly logger: Logger;
  readonly tracing: Tracing | undefined;
}

/** All that makes a service one of its own; `run(definition)` does the rest. */
export interface ServiceDefinition<Shape extends z.ZodRawShape = Record<never, never>> {
  readonly service: Service;
  /** Its variables beside the base, by `variable(schema, { description, example })`. */
  readonly env?: Shape;
  processors(playbook: Playbook, env: Environment<Shape>): readonly ProcessorEntry[];
  workers?(context: WorkerContext<Shape>): readonly Worker[];
  /** typeorm migrations, each class name ending in its timestamp (13 digits); applied under a lock before the runtime starts. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  /**
   * Its own parts. Controllers among them are its public HTTP side; bodies are not parsed: a controller reads the request's stream
   * itself.
   */
  readonly module?: ModuleMetadata;
  /** Its public routes, described for `/openapi.json`; a test compares them with its controllers. */
  readonly routes?: readonly Route[];
  /** How long an orderly stop may take, ms; 25,000 where absent. Then the process ends anyway, as if it had been killed. */
  stopWithinMs?(env: Environment<Shape>): number;
}

/** A service that runs. */
export interface RunningService {
  readonly app: INestApplication;
  /** Where `/health`, `/metrics` and `/status` answer. */
  readonly internalUrl: string;
  /** Where its own HTTP side answers; undefined where it has none. */
  readonly publicUrl: string | undefined;
  /** The orderly stop. */
  close(): Promise<void>;
}
