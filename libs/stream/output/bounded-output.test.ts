import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { MemoryLog, MemoryStore, topology, until } from '#testing';
import { emit, processor, type Message } from '#stream';
import type { Commit } from '#stream/runtime';

const calls = contract(
  'calls.v1',
  z.object({ id: z.string(), at: instant, text: z.string().optional(), letter: z.string().optional() }),
  { retentionMs: -1 },
);
const wide = contract('wide.v1', z.object({ ...derived, text: z.string() }), {
  writer: { processor: 'widener', rekeyed: false },
  retentionMs: -1,
});

/** As identity: one call lets 200 waiting ones of 2.5 kB go. */
const widener = processor({
  service: 'scoring',
  name: 'widener',
  version: 1,
  inputs: [{ contract: calls, kind: 'source' }],
  outputs: [{ contract: wide }],
  decide(state: { n: number } | undefined, message: Message<typeof calls>) {
    if (message.kind === 'wake') return { state };
    if (message.data.text !== undefined) return { state, deadLetter: 'too much' };
    const one = emit(wide, { text: (message.data.letter ?? 'x').repeat(2_500) });
    return { state: { n: (state?.n ?? 0) + 1 }, emit: Array.from({ length: 200 }, () => one) };
  },
});

class Measured extends MemoryStore {
  largest = 0;

  override commit(commit: Commit): Promise<boolean> {
    this.largest = Math.max(this.largest, commit.outbox?.bytes.length ?? 0);
    return super.commit(commit);
  }
}

/** The largest row of the outbox after so many calls that came in one fetch. */
async function largestRow(count: number, more: { readonly text?: string; readonly letter?: string } = {}): Promise<number> {
  const store = new Measured();
  const log = new MemoryLog(1, () => 4_000);
  const at = new Date().toISOString();
  await log.produce(
    Array.from({ length: count }, (_, n) => ({
      topic: 'test.calls.v1',
      partition: 0,
      key: String(n % 50),
      value: JSON.stringify({ id: String(n), at, ...more }),
      headers: {},
    })),
  );
  const flow = await topology([{ processor: widener, rules: undefined, rulesVersion: '1' }], {
    log,
    stores: new Map([['widener', store]]),
    tuning: { strict: false, bufferBytes: Infinity },
  });
  await flow.clock(calls, { clock: 'live' });
  await until(
    () => flow.status()[0]?.taken === count,
    () => JSON.stringify(flow.status()),
  );
  await flow.kill();
  return store.largest;
}

describe('the output of one transaction', () => {
  test('is bounded in bytes, however many records it could take', async () => {
    // 80 calls would come to 40 MB. At most 8 MB, and what one decision adds, 0.5 MB here.
    expect(await largestRow(80)).toBeLessThan(10_000_000);
  });

  test('is bounded in bytes, not in characters', async () => {
    // 30 calls would come to 45 MB; in characters they are 15 million.
    expect(await largestRow(30, { letter: '€' })).toBeLessThan(10_000_000);
  });

  test('is bounded where it is all dead letters', async () => {
    expect(await largestRow(200, { text: 'x'.repeat(100_000) })).toBeLessThan(10_000_000);
  });
});
