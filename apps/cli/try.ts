import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { z } from 'zod';
import { outcomes, personId, topicOf } from '#contracts';
import { cut } from '#facts';
import { readVariables, variable } from '#platform';
import { controlHeader, type LogRecord } from '#stream';
import { Refusal } from './explain.ts';
import { loadFiles } from './installation-files.ts';
import { withLog } from './installation.ts';
import { partitionsOf } from './read-to-end.ts';

export interface TryOptions {
  readonly event: string;
  /** JSON. */
  readonly properties: string;
  readonly email: string;
  readonly outcome: string;
  /** Seconds. */
  readonly timeout: number;
}

const longestWaitS = 86_400;

const variables = {
  HITO_WRITE_KEY: variable(z.string().min(1), {
    description: 'to send an event: a write key of ingestion, as KEY or NAME:KEY',
    example: 'HITO_WRITE_KEY_FILE=/etc/hito/secrets/HITO_WRITE_KEY',
    secret: true,
  }),
};

/**
 * Sends an event of a person made for it and waits for an outcome of that person's mail. The address is the caller's: the mail is a real
 * one. Throws Refusal if the edge refuses the event or the outcome does not come in time.
 */
export async function tryOut(url: string, options: TryOptions): Promise<void> {
  loadFiles();
  check(url, options);
  const { HITO_WRITE_KEY } = readVariables('hito try', variables);
  const userId = `hito-try-${randomUUID()}`;
  await withLog(async ({ log, prefix }) => {
    const { promise: came, resolve } = Promise.withResolvers<string>();
    const others: string[] = [];
    const topic = topicOf(prefix, outcomes);
    await partitionsOf(log, topic);
    const reading = await log.tail(topic, { from: 'end' }, (_, records) => {
      for (const outcome of outcomesOf(records, personId(userId)))
        if (outcome === options.outcome) resolve(outcome);
        else others.push(outcome);
    });
    const late = AbortSignal.timeout(options.timeout * 1_000);
    try {
      const started = performance.now();
      await send(url, keyIn(HITO_WRITE_KEY), userId, options);
      process.stdout.write(`Sent ${options.event} of ${userId}; waiting for the outcome ${options.outcome}.\n`);
      const outcome = await Promise.race([came, once(late, 'abort')]);
      if (typeof outcome !== 'string') throw new Refusal(notInTime(userId, options, others));
      process.stdout.write(`${outcome} after ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
    } finally {
      await reading.stop();
    }
  });
}

/** What can be found wrong before anything is sent. */
function check(url: string, { timeout, properties }: TryOptions): void {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new Refusal(`${url} is no address of ingestion. Give one such as http://127.0.0.1:3000.`);
  if (!Number.isInteger(timeout) || timeout < 1 || timeout > longestWaitS)
    throw new Refusal(`--timeout is a whole number of seconds from 1 to ${longestWaitS}, e.g. --timeout 90`);
  propertiesIn(properties);
}

/** What became of this person's mails, as these records say. */
function outcomesOf(records: readonly LogRecord[], person: string): readonly string[] {
  return records.flatMap(({ key, value, headers }) => {
    if (key !== person || value === null || controlHeader in headers) return [];
    const read = z.object({ outcome: z.string() }).safeParse(JSON.parse(String(value)));
    return read.success ? [read.data.outcome] : [];
  });
}

const notInTime = (userId: string, { outcome, timeout }: TryOptions, others: readonly string[]): string =>
  `No outcome ${outcome} within ${timeout} s; ${others.length === 0 ? 'there was none' : `there was ${others.join(', ')}`}. ` +
  `\`hito why ${userId}\` shows how far it came: does the playbook answer this event with a mail at once?`;

/** The first of several, without its name. */
const keyIn = (text: string): string => (text.split(',')[0] ?? '').trim().replace(/^[^:]*:/, '');

async function send(url: string, key: string, userId: string, { event, properties, email }: TryOptions): Promise<void> {
  const batch = [
    { type: 'identify', userId, messageId: randomUUID(), traits: { email } },
    { type: 'track', userId, messageId: randomUUID(), event, properties: propertiesIn(properties) },
  ];
  const response = await fetch(new URL('/v1/batch', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
    body: JSON.stringify({ batch }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok)
    throw new Refusal(
      `${url} refuses the event: HTTP ${response.status} ${cut(await response.text(), 200)}. Is HITO_WRITE_KEY right?`,
    );
}

function propertiesIn(text: string): object {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch {
    throw new Refusal(`--properties is a JSON object, e.g. '{"reset_url":"https://shop.example/reset"}'`);
  }
}
