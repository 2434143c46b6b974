import { setTimeout as sleep } from 'node:timers/promises';
import { random } from './fill.ts';
import type { Platform } from './platform.ts';

/** One call of the HTTP API. */
export type Call = Readonly<Record<string, unknown>>;

/** What a shop's visitors do: mostly looking. */
const mix = [
  { upTo: 0.6, event: 'Page Viewed' },
  { upTo: 0.95, event: 'Product Viewed' },
  { upTo: 1, event: 'Order Completed' },
] as const;

/** Makes people known whose zones lie round the globe: at any hour of the day as many of them may get a mail. */
export const identifies = (name: string, people: number): Call[] =>
  Array.from({ length: people }, (_, n) => {
    const userId = `${name}-${String(n)}`;
    const hours = (n % 24) - 11;
    const timezone = hours === 0 ? 'Etc/GMT' : `Etc/GMT${hours > 0 ? '+' : '-'}${String(Math.abs(hours))}`;
    return {
      type: 'identify',
      messageId: `identify-${userId}`,
      userId,
      traits: { email: `${userId}@shop.example`, locale: n % 2 === 0 ? 'es' : 'en', timezone },
    };
  });

/** Endless events of these people, each with a message id of its own. */
export function* visits(name: string, people: number, run: string): Generator<Call, never> {
  const next = random(7);
  for (let n = 0; ; n++) {
    const dice = next();
    const event = mix.find(({ upTo }) => dice < upTo)?.event ?? 'Page Viewed';
    const properties =
      event === 'Order Completed'
        ? { revenue: Math.round(next() * 9_000) / 100, currency: 'USD', quantity: 1 }
        : { url: `/p/${String(Math.floor(next() * 10_000))}` };
    yield {
      type: 'track',
      messageId: `${run}-${String(n)}`,
      userId: `${name}-${String(Math.floor(next() * people))}`,
      event,
      properties,
    };
  }
}

export function take(calls: Iterator<Call, unknown>, count: number): Call[] {
  return Array.from({ length: count }, () => calls.next().value as Call);
}

/** Posts one batch until it is taken: whoever is told to come back does. Rejects with the answer when it is refused. */
export async function post({ ingestion, writeKey }: Platform, batch: readonly Call[]): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  };
  const body = JSON.stringify({ batch });
  for (;;) {
    const response = await fetch(`${ingestion.replace(/\/$/, '')}/v1/batch`, { method: 'POST', headers, body });
    const answer = await response.text();
    if (response.status === 200) return;
    if (response.status !== 429) throw new Error(`ingestion answered ${String(response.status)}: ${answer}`);
    await sleep(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
}

/** Posts so many calls as fast as they are taken: `inFlight` batches of `size` at once. */
export async function postAll(
  platform: Platform,
  calls: Iterator<Call, unknown>,
  count: number,
  { size = 200, inFlight = 8 } = {},
): Promise<void> {
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      const now = Math.min(size, left);
      left -= now;
      await post(platform, take(calls, now));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
}
