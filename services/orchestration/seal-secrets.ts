import { replaceSecrets, sealedKey } from '#facts';
import { keyRing, seal, type RingEntry } from '#platform';
import type { Playbook } from '#playbook';
import { secretsOf } from './domain/rules.ts';
import type { HideSecrets } from './domain/variables.ts';

/**
 * Encrypts the secrets among an event's properties, so that neither a candidate nor a decision holds them in plain text; delivery opens them
 * when it makes the mail. The same value gives the same bytes: a replay decides the same.
 */
export function sealSecrets(
  { secrets }: Pick<Playbook, 'secrets'>,
  env: { readonly HITO_SIGNING_KEY: string; readonly HITO_SECRET_KEYS?: readonly RingEntry[] | undefined },
): HideSecrets {
  const ring = keyRing('secrets', env.HITO_SIGNING_KEY, env.HITO_SECRET_KEYS);
  const sealed = (value: unknown): unknown => ({
    [sealedKey]: seal(ring, Buffer.from(JSON.stringify(value))).toString('base64url'),
  });
  return (event, properties) => replaceSecrets(properties, secretsOf(secrets, event), sealed) as typeof properties;
}
