import { beforeEach, describe, expect, test } from '@jest/globals';
import type { LogRecord } from '#stream';
import { MemoryLog } from '#testing';
import { readToEnd } from './read-to-end.ts';

const topic = 'hito.messages.v1';
const soon = { askAgainMs: 100, giveUpMs: 2_000 };

/** A broker whose answers get lost: to the first `lost` readers, all of them, or all but the first one. */
class Forgetful extends MemoryLog {
  readers = 0;

  constructor(
    private readonly lost: number,
    private readonly heard = 0,
  ) {
    super(2, () => 3);
  }

  override tail(
    name: string,
    options: { readonly from: 'beginning' | 'end' },
    onRecords: (partition: number, records: readonly LogRecord[]) => void,
  ): ReturnType<MemoryLog['tail']> {
    const reader = ++this.readers;
    let fetches = 0;
    return super.tail(name, options, (partition, records) => {
      for (let at = 0; at < records.length; at += 3)
        if (reader > this.lost || fetches++ < this.heard) onRecords(partition, records.slice(at, at + 3));
    });
  }
}

const read: string[] = [];
beforeEach(() => {
  read.length = 0;
});
const reading = async (log: Forgetful, patience = soon): Promise<void> => {
  await log.produce(Array.from({ length: 20 }, (_, n) => ({ topic, partition: n % 2, key: 'k', value: String(n), headers: {} })));
  await readToEnd(
    log,
    topic,
    undefined,
    (_, records) => read.push(...records.map(({ value }) => String(value))),
    undefined,
    patience,
  );
};
const all = Array.from({ length: 20 }, (_, n) => String(n)).toSorted();

describe('a reader to the end', () => {
  test('reads every record once', async () => {
    const log = new Forgetful(0);
    await reading(log);
    expect(read.toSorted()).toEqual(all);
    expect(log.readers).toBe(1);
  });

  test.each([0, 1, 2, 3])('asks again where answers are lost after %d fetches, and reads every record once', async (heard) => {
    const log = new Forgetful(2, heard);
    await reading(log);
    expect(read.toSorted()).toEqual(all);
    expect(log.readers).toBe(3);
  });

  test('gives up where nothing comes, and says of which topic', async () => {
    await expect(reading(new Forgetful(Infinity), { askAgainMs: 50, giveUpMs: 200 })).rejects.toThrow(
      'The broker gave no records of hito.messages.v1 for 0.2 s although there are more.',
    );
  });
});
