import { z } from 'zod';
import type { Playbook, SourceRule } from '#playbook';
import type { KafkaOptions } from '#stream';
import type { WriteKeys } from '../edge/write-keys.ts';
import { formatOf } from './formats/index.ts';
import type { RegistryOptions } from './registry/client.ts';

const text = z.string().min(1);
const login = z.discriminatedUnion('mechanism', [
  z.strictObject({ mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']), username: text, password: text }),
  z.strictObject({
    mechanism: z.literal('oauthbearer'),
    tokenUrl: z.url({ protocol: /^https?$/ }),
    clientId: text,
    clientSecret: text,
    scope: text.optional(),
  }),
]);
const cluster = z.strictObject({
  brokers: z.array(z.string().regex(/^[^\s:/@]+:\d{1,5}$/, 'expected host:port')).min(1),
  /** True, or the authority's certificate (PEM). */
  ssl: z.union([z.boolean(), z.strictObject({ ca: z.string().includes('-----BEGIN CERTIFICATE-----') })]).optional(),
  sasl: login.optional(),
  /** Of the schemas by which values of its topics are written. */
  registry: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).refine((url) => !url.includes('@'), 'put the log-in into username and password'),
      username: text.optional(),
      password: text.optional(),
      ca: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
    })
    .optional(),
});

/** How each named cluster is reached. */
export type Clusters = ReadonlyMap<string, Omit<KafkaOptions, 'clientId'> & { readonly registry?: RegistryOptions }>;

/** JSON of clusters by name, as HITO_SOURCE_CLUSTERS holds it. What is wrong is told by its place, never by its value. */
export const clusters = z.string().transform((given, context): Clusters => {
  let json: unknown;
  try {
    json = JSON.parse(given);
  } catch {
    context.addIssue('is not JSON: expected {"name": {"brokers": ["host:9092"]}}');
    return z.NEVER;
  }
  const read = z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), cluster).safeParse(json);
  if (read.success)
    return new Map(
      Object.entries(read.data).map(([name, { brokers, ssl, sasl, registry }]) => [
        name,
        {
          brokers,
          ...(ssl !== undefined && { ssl }),
          ...(sasl !== undefined && { sasl: withScope(sasl) }),
          ...(registry !== undefined && { registry }),
        },
      ]),
    );
  for (const { path, message } of read.error.issues) context.addIssue(`${path.join('.')}: ${message}`);
  return z.NEVER;
});

const withScope = (sasl: z.infer<typeof login>): NonNullable<KafkaOptions['sasl']> =>
  sasl.mechanism === 'oauthbearer' ? { ...sasl, scope: sasl.scope } : sasl;

/** How the cluster of a source is reached: another, by its name, or the one that Hito itself runs on (`own`). */
export function kafkaOf({ cluster: name }: Pick<SourceRule, 'cluster'>, known: Clusters, own: KafkaOptions): KafkaOptions {
  if (name === undefined) return own;
  const other = known.get(name);
  if (other === undefined)
    throw new Error(`There is no cluster ${name} in HITO_SOURCE_CLUSTERS; it has ${[...known.keys()].join(', ') || 'none'}.`);
  const { registry: _, ...kafka } = other;
  return { ...kafka, clientId: own.clientId };
}

/** The schema registry of a source's cluster, where it has one. */
export const registryOf = ({ cluster: name }: Pick<SourceRule, 'cluster'>, known: Clusters): RegistryOptions | undefined =>
  name === undefined ? undefined : known.get(name)?.registry;

/** Throws where a source names a cluster that the environment does not know, or has the name of a write key. */
export function checkSources({ sources }: Pick<Playbook, 'sources'>, known: Clusters, keys: WriteKeys): void {
  const names = new Set(keys.values());
  for (const source of sources) {
    if (names.has(source.name))
      throw new Error(
        `The source ${source.name} of the playbook has the name of a write key: message ids are unique per name. Rename one.`,
      );
    kafkaOf(source, known, { brokers: [], clientId: '' });
    formatOf(source, registryOf(source, known));
  }
}
