import { sealedText } from '#facts';
import { keyRing, unseal, type RingKey } from '#platform';

type Variables = Readonly<Record<string, unknown>>;

/**
 * Opens what orchestration has sealed among a mail's variables, for the moment in which the mail is made. What cannot be opened (an unknown
 * key, a forgery) is absent, so that a mail that needs it is not sent.
 */
export function openSecrets(env: {
  readonly HITO_SIGNING_KEY: string;
  readonly HITO_SECRET_KEYS?: readonly RingKey[] | undefined;
}): (variables: Variables) => Variables {
  const ring = keyRing('secrets', env.HITO_SIGNING_KEY, env.HITO_SECRET_KEYS);
  const opened = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(opened);
    const sealed = sealedText(value);
    if (sealed === undefined) return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, opened(inner)]));
    const text = unseal(ring, Buffer.from(sealed, 'base64url'));
    return typeof text === 'string' ? undefined : (JSON.parse(text.toString()) as unknown);
  };
  return (variables) => opened(variables) as Variables;
}
