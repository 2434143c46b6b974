import { setTimeout as sleep } from 'node:timers/promises';
import { addresses } from './composition.ts';

const patienceMs = 120_000;

interface Count {
  readonly count: number;
  readonly distinct_message_ids: number;
}

/** Mails in the inbox, of one address or all. */
export async function mailsTo(address?: string): Promise<Count> {
  const query = address === undefined ? '' : `?to=${encodeURIComponent(address)}`;
  const answer = await fetch(`${addresses.inbox}/api/count${query}`, { signal: AbortSignal.timeout(5_000) });
  return (await answer.json()) as Count;
}

/** Waits until a condition holds; throws with these words if it does not within two minutes. What cannot be asked does not hold yet. */
export async function until(words: string, holds: () => Promise<boolean>, withinMs = patienceMs): Promise<void> {
  const end = Date.now() + withinMs;
  let last = '';
  for (;;) {
    const held = await holds().catch((error: unknown) => {
      last = ` (${error instanceof Error ? error.message : String(error)})`;
      return false;
    });
    if (held) return;
    if (Date.now() > end) throw new Error(`${words}: not within ${String(withinMs / 1000)} s${last}`);
    await sleep(100);
  }
}

/**
 * Sends an event of a new person whose mail goes out at once; the address is `name@person.example`. As an SDK does, it repeats the call, with the same
 * ids, until it is taken.
 */
export async function askForMail(name: string, writeKey: string): Promise<string> {
  const email = `${name}@person.example`;
  const batch = [
    { type: 'identify', messageId: `${name}-1`, userId: name, traits: { email, locale: 'en', timezone: 'Europe/Madrid' } },
    {
      type: 'track',
      messageId: `${name}-2`,
      userId: name,
      event: 'Password Reset Requested',
      properties: { reset_url: 'https://shop.example/reset/abc123' },
    },
  ];
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  await until(`${name}'s call`, async () => {
    const answer = await fetch(`${addresses.ingestion}/v1/batch`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ batch }),
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.status === 401 || answer.status === 400)
      throw new Error(`ingestion answers ${String(answer.status)}: ${await answer.text()}`);
    return answer.ok;
  });
  return email;
}

/** The key with which SDKs send, from the secret `write-keys` (name:key). */
export const keyOf = (writeKeys: string): string => writeKeys.slice(writeKeys.indexOf(':') + 1);
