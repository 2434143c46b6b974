import { withoutPersonal } from '#facts';
import { decoded } from './decoded.ts';

/** Fields of a log that are left out, at any depth; the last three are Postgres' and quote rows. */
const leftOut: ReadonlySet<string> = new Set([
  'password',
  'secret',
  'authorization',
  'email',
  'detail',
  'where',
  'internalquery',
]);

/** Variables whose values are in no log, wherever they stand. */
export const secretVariables = [
  'DATABASE_URL',
  'SMTP_URL',
  'HITO_INBOX_SMTP_URL',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_OAUTH_CLIENT_SECRET',
  'HITO_TRACES_HEADERS',
  'HITO_SIGNING_KEY',
  'HITO_LOG_KEYS',
  'HITO_LINK_KEYS',
  'HITO_SUPPRESSION_KEYS',
  'HITO_SECRET_KEYS',
  'HITO_WRITE_KEYS',
  'HITO_SOURCE_CLUSTERS',
] as const;
/** A shorter one would be found in half of all words. */
const shortest = 6;

/** A value that people may read: the same without what stands in no log. */
export type Clean = <Value>(value: Value) => Value;

/** Takes out of a value, at any depth, what nobody may read in a log or a status; `hash` stands for a person's id. */
export function cleaner(env: object, hash: (personId: string) => string): Clean {
  const known = secretVariables.flatMap((name) => [...secretsIn((env as Record<string, unknown>)[name])].flatMap(partsOf));
  const secrets = [...new Set(known)].filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length);
  const text = (value: string): string =>
    withoutPersonal(secrets.reduce((left, secret) => left.replaceAll(secret, '[left out]'), value));
  const clean = (value: unknown, name = ''): unknown => {
    if (leftOut.has(name.toLowerCase()) || (secretVariables as readonly string[]).includes(name)) return '[left out]';
    if (name === 'person_id' && typeof value === 'string') return hash(value);
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one) => clean(one));
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [text(key), clean(one, key)]));
  };
  return <Value>(value: Value): Value => clean(value) as Value;
}

/** The same for a line of the log, one JSON object. */
export const lineCleaner =
  (clean: Clean): ((line: string) => string) =>
  (line) =>
    `${JSON.stringify(clean(JSON.parse(line)))}\n`;

/** A URL is as little a secret as its host: its password is one. Of lists each part is. */
function partsOf(value: string): string[] {
  const password = URL.canParse(value) ? new URL(value).password : undefined;
  if (password !== undefined && value.includes('://')) return password === '' ? [] : [password, decoded(password)];
  return [value, ...value.split(/[,:\s]+/)];
}

/** The secret texts in the value of a variable as it was read: a text, a table of headers or write keys, a ring of keys. Names are none. */
function* secretsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value instanceof Map)
    for (const [key, of] of value) {
      if (typeof of === 'string') yield String(key);
      else yield* loginTexts(of);
    }
  else if (Array.isArray(value)) for (const entry of value) yield* keyTexts(entry);
  else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) yield* secretsIn(one);
}

/** What a cluster of brokers is logged in to with. */
function loginTexts(cluster: unknown): string[] {
  const { sasl } = cluster as { readonly sasl?: { readonly password?: unknown; readonly clientSecret?: unknown } };
  return [sasl?.password, sasl?.clientSecret].filter((text) => typeof text === 'string');
}

/** A key of a ring as an operator may have written it. */
function keyTexts(entry: unknown): string[] {
  const { bytes } = entry as { readonly bytes?: unknown };
  return Buffer.isBuffer(bytes) ? [bytes.toString('base64'), bytes.toString('base64url')] : [];
}
