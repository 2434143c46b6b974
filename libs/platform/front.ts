import type { z } from 'zod';
import type { RunningService, ServiceDefinition } from './service.ts';

// What runs a service loads Nest and typeorm. It is loaded by being called: the command line needs only small things of this lib.

/**
 * Runs a service until SIGTERM or SIGINT: environment, playbook, HTTP side, migrations, runtime. A wrong environment or playbook ends
 * the process with code 1 and says what to change; a database or broker that is away does not.
 */
export async function run<Shape extends z.ZodRawShape = Record<never, never>>(
  definition: ServiceDefinition<Shape>,
): Promise<void> {
  await (await import('./run.ts')).run(definition);
}

/** As `run`, but throws and leaves the process alone; for tests. `source` stands for the environment. */
export async function start<Shape extends z.ZodRawShape = Record<never, never>>(
  definition: ServiceDefinition<Shape>,
  source: Readonly<Record<string, string | undefined>> = process.env,
): Promise<RunningService> {
  return (await import('./run.ts')).start(definition, source);
}
