import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { baseVariables } from './env.ts';
import { credentialMetrics } from './credential-metrics.ts';
import { Registry } from 'prom-client';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Service } from '#contracts';
import type { Runtime, TaskStatus } from '#stream';
import { createMetrics } from './metrics.ts';
import { mailDelayTally } from './tally-histogram.ts';
import { taskStatus as task } from './testing/task-status.ts';

/** /metrics of a process with these tasks, whose clock is so far ahead of the database's. */
async function served(service: Service, tasks: readonly TaskStatus[], offsetMs?: number): Promise<string> {
  let told: Parameters<Runtime['onTransaction']>[0] = () => undefined;
  const runtime = {
    status: () => tasks,
    notReady: () => undefined,
    clockOffsetMs: () => offsetMs,
    onTransaction: (listener: typeof told) => (told = listener),
  } as unknown as Runtime;
  const registry = createMetrics(service, runtime);
  told({ processor: 'scoring', records: 1, durationMs: 1, ageMs: 4_000 });
  told({ processor: 'scoring', records: 1, durationMs: 1 });
  return registry.metrics();
}

test('the delay of mails is a histogram made of durable counters', async () => {
  const tallies: Record<string, number> = {};
  for (const ms of [200, 5_000, 5_001, 90_000_000])
    for (const [name, by] of Object.entries(mailDelayTally(ms))) tallies[name] = (tallies[name] ?? 0) + by;
  const lines = (await served('delivery', [task({ tallies })])).split('\n').filter((line) => line.includes('mail_delay'));
  const of = (le: string): string =>
    `hito_mail_delay_seconds_bucket{le="${le}",processor="sender",partition="1",service="delivery"}`;
  expect(lines[1]).toBe('# TYPE hito_mail_delay_seconds histogram');
  expect(lines).toEqual(
    expect.arrayContaining([`${of('1')} 1`, `${of('5')} 2`, `${of('15')} 3`, `${of('86400')} 3`, `${of('+Inf')} 4`]),
  );
  expect(lines).toContain('hito_mail_delay_seconds_sum{processor="sender",partition="1",service="delivery"} 90010.201');
  expect(lines.join('\n')).not.toContain('hito_tally');
});

test('every delay of a mail falls into one bucket, and buckets only rise', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: -1_000, max: 400_000_000 })), async (delays) => {
      const tallies: Record<string, number> = {};
      for (const ms of delays)
        for (const [name, by] of Object.entries(mailDelayTally(ms))) tallies[name] = (tallies[name] ?? 0) + by;
      const text = await served('delivery', [task({ tallies })]);
      const counts = [...text.matchAll(/^hito_mail_delay_seconds_bucket.* (\d+)$/gm)].map(([, count]) => Number(count));
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts.at(-1)).toBe(delays.length);
    }),
    { numRuns: 30 },
  );
});

test('takeovers, the age of the outbox and the bound of a state are exported', async () => {
  const asked = await served('scoring', [
    task({ processor: 'scoring', epoch: 7, unpublishedMs: 2_500, stateBound: 262_144, largestState: 90 }),
    task({ processor: 'scoring', partition: 2, epoch: 3, unpublishedMs: 0, stateBound: 262_144 }),
  ]);
  expect(asked).toContain('hito_takeovers_total{processor="scoring",partition="1",service="scoring"} 7');
  expect(asked).toContain('hito_takeovers_total{processor="scoring",partition="2",service="scoring"} 3');
  expect(asked).toContain('hito_outbox_age_seconds{processor="scoring",service="scoring"} 2.5');
  expect(asked).toContain('hito_state_bound_bytes{processor="scoring",service="scoring"} 262144');
  expect(asked).toContain('hito_largest_state_bytes{processor="scoring",service="scoring"} 90');
});

test('the age of records is observed of live transactions only', async () => {
  const asked = await served('scoring', []);
  expect(asked).toContain('hito_record_age_seconds_count{service="scoring",processor="scoring"} 1');
  expect(asked).toContain('hito_record_age_seconds_sum{service="scoring",processor="scoring"} 4');
});

test('the offset of the clock is exported once it is known', async () => {
  expect(await served('scoring', [])).not.toMatch(/^hito_clock_offset_seconds/m);
  expect(await served('scoring', [], -1_500)).toContain('hito_clock_offset_seconds{service="scoring"} -1.5');
});

test('a way that is closed for mail shows as 0', async () => {
  const asked = await served('delivery', [task({ readings: { 'way.smtp': 0, 'way.inbox': 1, 'someone@example.com': 1 } })]);
  expect(asked.match(/^hito_smtp_way_open.*$/gm)).toEqual([
    'hito_smtp_way_open{way="smtp",service="delivery"} 0',
    'hito_smtp_way_open{way="inbox",service="delivery"} 1',
  ]);
  expect(asked).not.toContain('example.com');
});

test('a secret that came as a file shows when it was changed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hito-secret-'));
  try {
    const file = join(folder, 'key');
    writeFileSync(file, 'secret');
    utimesSync(file, 1_000, 2_000);
    const registry = new Registry();
    credentialMetrics(registry, baseVariables, undefined, { DATABASE_URL_FILE: file, HITO_PREFIX_FILE: file });
    const asked = await registry.metrics();
    expect(asked.match(/^hito_secret.*$/gm)).toEqual(['hito_secret_modified_timestamp_seconds{variable="DATABASE_URL"} 2000']);
    rmSync(file);
    expect(await registry.metrics()).not.toMatch(/^hito_secret/m);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the day that the operator gives is the age of every secret, whatever the time of its file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hito-secret-'));
  try {
    const file = join(folder, 'key');
    writeFileSync(file, 'secret');
    const registry = new Registry();
    const source = { DATABASE_URL_FILE: file, HITO_SIGNING_KEY: 'in the environment', HITO_SECRETS_CHANGED: '2025-01-31' };
    credentialMetrics(registry, baseVariables, undefined, source);
    const seconds = Date.UTC(2025, 0, 31) / 1000;
    expect((await registry.metrics()).match(/^hito_secret.*$/gm)?.sort()).toEqual(
      ['DATABASE_URL', 'HITO_SIGNING_KEY'].map(
        (variable) => `hito_secret_modified_timestamp_seconds{variable="${variable}"} ${String(seconds)}`,
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
