import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { baseVariables, type Environment } from './env.ts';
import { metaOf } from './env-table.ts';

/** The environment cannot be used; the message has one line per problem, each saying what to set. */
export class EnvironmentError extends Error {}

type Source = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the base variables and the service's own, each X also from the file that X_FILE names. An empty value counts as
 * not given. Throws EnvironmentError with every problem at once; secrets appear in no message.
 */
export function readEnvironment<Shape extends z.ZodRawShape>(
  service: string,
  own: Shape,
  source: Source = process.env,
): Environment<Shape> {
  return readVariables(service, { ...baseVariables, ...own }, source) as Environment<Shape>;
}

/** The same for any set of variables: what `who` needs and no more. */
export function readVariables<Shape extends z.ZodRawShape>(
  who: string,
  shape: Shape,
  source: Source = process.env,
): z.infer<z.ZodObject<Shape>> {
  const { values, problems } = checked(who, shape, source);
  if (problems.length > 0)
    throw new EnvironmentError(
      `${who} cannot start: the environment needs a change:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
  return values as z.infer<z.ZodObject<Shape>>;
}

/** What `readVariables` would refuse, one sentence each; empty where it would read them. */
export const problemsOf = (who: string, shape: z.ZodRawShape, source: Source): readonly string[] =>
  checked(who, shape, source).problems;

function checked(who: string, shape: z.ZodRawShape, source: Source): { values: Record<string, unknown>; problems: string[] } {
  const problems: string[] = [];
  const values = valuesOf(who, shape, source, problems);
  problems.push(...contradictions(values));
  return { values, problems };
}

function valuesOf(service: string, shape: z.ZodRawShape, source: Source, problems: string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const { description, example, secret } = metaOf(schema as z.ZodType);
    const text = textOf(name, source, problems);
    if (text === unreadable) continue;
    const parsed = z.safeParse(schema, text);
    const hint = `e.g. ${example.includes('=') || example.includes(' ') ? example : `${name}=${example}`}`;
    if (parsed.success) values[name] = parsed.data;
    else if (text === undefined) problems.push(`${name} is missing. ${service} needs it ${description}; ${hint}`);
    else {
      const wanted = parsed.error.issues.map((issue) => issue.message).join('; ');
      problems.push(`${name}${secret === true ? '' : ` is ${JSON.stringify(text)}, which`} will not do: ${wanted}; ${hint}`);
    }
  }
  return values;
}

const unreadable = Symbol('unreadable');

function textOf(name: string, source: Source, problems: string[]): string | undefined | typeof unreadable {
  const direct = source[name];
  const file = source[`${name}_FILE`];
  if (direct !== undefined && direct !== '') {
    if (file === undefined || file === '') return direct;
    problems.push(`${name} and ${name}_FILE are both set; keep one of them`);
    return unreadable;
  }
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    problems.push(
      `${name}_FILE names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}); make it readable or set ${name}`,
    );
    return unreadable;
  }
}

function contradictions(env: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const needs =
    env['KAFKA_SASL_MECHANISM'] === 'oauthbearer'
      ? ['KAFKA_OAUTH_TOKEN_URL', 'KAFKA_OAUTH_CLIENT_ID', 'KAFKA_OAUTH_CLIENT_SECRET']
      : ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
  if (env['KAFKA_SASL_MECHANISM'] !== undefined)
    for (const name of needs)
      if (env[name] === undefined)
        problems.push(`${name} is missing. KAFKA_SASL_MECHANISM is set, so a login to the broker needs it`);
  if (env['KAFKA_SASL_MECHANISM'] === undefined && env['KAFKA_SASL_USERNAME'] !== undefined)
    problems.push('KAFKA_SASL_USERNAME is set without KAFKA_SASL_MECHANISM; add it, e.g. KAFKA_SASL_MECHANISM=scram-sha-512');
  if (env['KAFKA_SSL_CA'] !== undefined && env['KAFKA_SSL'] === false)
    problems.push('KAFKA_SSL_CA is set while KAFKA_SSL is not true; set KAFKA_SSL=true');
  return problems;
}
