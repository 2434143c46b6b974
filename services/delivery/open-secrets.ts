import { sealedText } from '#facts';
import { keyRing, unseal, type RingEntry } from '#platform';

type Variables = Readonly<Record<string, unknown>>;

/** A secret was sealed with a key that this process does not have: another process may, or this one after its next start. */
export class UnknownKey extends Error {}

/**
 * Opens what orchestration has sealed among a mail's variables, for the moment in which the mail is made. A forgery is absent, so that a
 * mail that needs it is not sent. Throws `UnknownKey`.
 */
export function openSecrets(env: {
  readonly HITO_SIGNING_KEY: string;
  readonly HITO_SECRET_KEYS?: readonly RingEntry[] | undefined;
}): (variables: Variables) => Variables {
  const ring = keyRing('secrets', env.HITO_SIGNING_KEY, env.HITO_SECRET_KEYS);
  const opened = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(opened);
    const sealed = sealedText(value);
    if (sealed === undefined) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, opened(inner)]));
    const text = unseal(ring, Buffer.from(sealed, 'base64url'));
    if (text === 'unknown_key')
      throw new UnknownKey(
        'A secret was sealed with a key that is in neither HITO_SECRET_KEYS nor HITO_SIGNING_KEY of this process',
      );
    return typeof text === 'string' ? undefined : (JSON.parse(text.toString()) as unknown);
  };
  return (variables) => opened(variables) as Variables;
}
