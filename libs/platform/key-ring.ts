import { createHash, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** What a key is for. Each use has keys of its own: one that is found out opens nothing else. */
export type KeyUse = 'links' | 'suppressions' | 'logs' | 'secrets';

export interface RingKey {
  /** Stands beside whatever the key has made, so that it is known which one to read it with. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

/** The keys of one use: new things are made with the current one, all of them read. */
export interface KeyRing {
  readonly current: RingKey;
  /** The current one first. */
  readonly keys: readonly RingKey[];
  find(id: string): RingKey | undefined;
}

const keyBytes = 32;
const entry = /^([a-z0-9]{1,16}):([A-Za-z0-9+/_-]{43}=?)$/;

const derivedPlace = 'derived' as const;

/** An entry of a ring's variable: a key, or the place of those that are derived from HITO_SIGNING_KEY. */
export type RingEntry = RingKey | typeof derivedPlace;

/** A variable that lists keys as `id:base64` and, at most once, the word `derived`, separated by commas; the current one first. */
export const ringVariable = z
  .string()
  .transform((text, context): RingEntry[] => {
    const entries = text.split(',').map((part) => (part.trim() === derivedPlace ? derivedPlace : keyOf(part.trim())));
    const read = entries.filter((one) => one !== undefined);
    if (read.length < entries.length)
      context.addIssue({
        code: 'custom',
        message:
          'a list of id:base64, the id of 1 to 16 small letters or digits, each key of 32 bytes, and at most one word derived',
      });
    const names = read.map((one) => (one === derivedPlace ? one : one.id));
    if (new Set(names).size < names.length) context.addIssue({ code: 'custom', message: 'each id once, none of them derived' });
    const keys = read.flatMap((one) => (one === derivedPlace ? [] : [one.bytes.toString('hex')]));
    if (new Set(keys).size < keys.length)
      context.addIssue({ code: 'custom', message: 'each key once: one under a new id is no new key' });
    if (keys.some((key) => /^(..)\1*$/.test(key)))
      context.addIssue({ code: 'custom', message: 'no key of 32 equal bytes: make one with openssl rand -base64 32' });
    return read;
  })
  .optional();

function keyOf(text: string): RingKey | undefined {
  const [, id, encoded] = entry.exec(text) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  return id === undefined || bytes.length !== keyBytes ? undefined : { id, bytes };
}

/** HITO_SIGNING_KEY: one secret or several, each counted once, the current one first, separated by commas. */
export const signingSecrets = (signingKey: string): string[] => [
  ...new Set(signingKey.split(',').map((secret) => secret.trim())),
];

/**
 * The keys of a use, in the operator's order: those configured for it (`ringVariable`), and where the word `derived` stands, or else behind
 * them, one derived from each secret of HITO_SIGNING_KEY, so that what was made before keys were configured stays readable. Throws where
 * there is no secret of 16 characters.
 */
export function keyRing(use: KeyUse, signingKey: string, configured: readonly RingEntry[] = []): KeyRing {
  const secrets = signingSecrets(signingKey);
  if (secrets.some((secret) => secret.length < 16))
    throw new Error('HITO_SIGNING_KEY is shorter than 16 characters. Make one with: openssl rand -hex 32');
  const entries = configured.includes(derivedPlace) ? configured : [...configured, derivedPlace];
  const keys = entries.flatMap((one) => (one === derivedPlace ? secrets.map((secret) => derived(use, secret)) : [one]));
  const [current] = keys;
  if (current === undefined) throw new Error('a ring has one key at least');
  return { current, keys, find: (id) => keys.find((key) => key.id === id) };
}

function derived(use: KeyUse, secret: string): RingKey {
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', `hito ${use}`, keyBytes));
  return { id: `d${createHash('sha256').update('hito key id').update(bytes).digest('hex').slice(0, 8)}`, bytes };
}

const subkeys = new WeakMap<RingKey, Map<string, KeyObject>>();

/** A key for one purpose more, out of a ring's. Made once: to make a key object takes longer than to use it. */
export function subkey(key: RingKey, purpose: string): KeyObject {
  const known = subkeys.get(key) ?? new Map<string, KeyObject>();
  subkeys.set(key, known);
  const made = known.get(purpose) ?? createSecretKey(createHmac('sha256', key.bytes).update(purpose).digest());
  known.set(purpose, made);
  return made;
}
