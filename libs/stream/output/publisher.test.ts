import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { silent, until } from '#testing';
import type { OutRecord } from '../model/log.ts';
import { Publisher } from './publisher.ts';

const recordOf = (n: number): OutRecord => ({ topic: 't', partition: 0, key: 'k', value: String(n) });

/** A broker that now and then takes a part of a send, or all of it, and does not say so. */
class Forgetful {
  readonly taken: number[] = [];
  acknowledged = 0;
  constructor(private readonly moods: readonly ('well' | 'part' | 'silent')[]) {}
  private sends = 0;

  async produce(records: readonly OutRecord[]): Promise<void> {
    const mood = this.moods[this.sends++ % this.moods.length] ?? 'well';
    await new Promise((resolve) => setImmediate(resolve));
    const numbers = records.map(({ value }) => Number(value));
    this.taken.push(...(mood === 'part' ? numbers.slice(0, Math.ceil(numbers.length / 2)) : numbers));
    if (mood !== 'well') throw new Error('the connection was cut');
    this.acknowledged = Math.max(this.acknowledged, ...numbers);
  }
}

describe('the publisher', () => {
  test('sends nothing later before everything earlier is acknowledged, and counts as published what is acknowledged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.constantFrom('well' as const, 'part' as const, 'silent' as const), { maxLength: 3 }),
        async (sizes, moods) => {
          const broker = new Forgetful([...moods, 'well']);
          let early = 0;
          const publisher: Publisher = new Publisher(broker, silent, () => {
            if (publisher.publishedSeq > broker.acknowledged) early++;
          });
          let seq = 0;
          for (const size of sizes) {
            const records = Array.from({ length: size }, () => recordOf(++seq));
            publisher.enqueue({ records, lastSeq: seq, marks: [], bytes: 1 });
            if (size % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
          }
          await until(() => publisher.publishedSeq === seq);
          await publisher.drain(1_000);
          expect(early).toBe(0);
          // Repeats begin at what was not acknowledged; without them each comes in its place.
          let highest = 0;
          for (const n of broker.taken) {
            expect(n).toBeLessThanOrEqual(highest + 1);
            highest = Math.max(highest, n);
          }
          expect(highest).toBe(seq);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('makes its task wait while too much is unpublished', async () => {
    let open: (() => void) | undefined;
    const publisher = new Publisher({ produce: () => new Promise((resolve) => (open = resolve)) }, silent, () => undefined);
    publisher.enqueue({ records: [recordOf(1)], lastSeq: 1, marks: [], bytes: 9 * 1024 * 1024 });
    let room = false;
    const waiting = publisher.hasRoom().then(() => (room = true));
    await until(() => open !== undefined);
    expect(room).toBe(false);
    open?.();
    await waiting;
    publisher.abandon();
  });
});
