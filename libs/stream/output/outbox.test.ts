import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Heap } from '../input/heap.ts';
import { portions } from '../kafka/produce.ts';
import type { OutRecord } from '../model/log.ts';
import { decodeOutbox, encodeOutbox, numbered } from './outbox.ts';
import { parseSeq, seqHeader, seqText } from '../model/control.ts';
import { decodeRecords, encodeRecords } from './record-encoding.ts';

const text = fc.string({ unit: 'binary' });
const out = fc.record({
  topic: fc.stringMatching(/^[a-z0-9._-]{1,20}$/),
  partition: fc.nat(100),
  key: fc.option(text),
  value: fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constant(null),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  ),
  headers: fc.dictionary(text, text),
  at: fc.option(fc.integer(), { nil: undefined }),
});

// Bytes are UTF-8: half a surrogate pair becomes the replacement character, as on the broker.
const utf8 = (value: string): string => Buffer.from(value).toString();
const bytesOf = (value: OutRecord['value']): Buffer | null => (typeof value === 'string' ? Buffer.from(value) : value);

/** What a broker would have of it. */
const written = ({ topic, partition, key, value, headers = {} }: OutRecord) => ({
  topic,
  partition,
  key: key === null ? null : utf8(key),
  value: bytesOf(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [utf8(name), utf8(text)])),
});

/** By topic and partition, in their order within each. */
const apart = <Record extends { topic: string; partition: number }>(records: readonly Record[]) => [
  ...Map.groupBy(records, ({ topic, partition }) => `${topic}/${String(partition)}`).values(),
];

describe('the outbox', () => {
  test('gives back what goes to the broker, byte for byte and in order: whoever publishes it later says the same', () => {
    fc.assert(
      fc.property(fc.array(out), fc.nat(), (messages, firstSeq) => {
        const groups = numbered(messages, firstSeq, { name: 'p/3', incarnation: 2 });
        expect(decodeOutbox(encodeOutbox(groups))).toEqual(groups);
        let seq = firstSeq;
        const expected = messages.map(({ at, headers, ...record }) => ({
          ...record,
          headers: at === undefined ? headers : { ...headers, [seqHeader]: seqText('p/3', 2, seq++, at) },
        }));
        expect(groups.map(decodeRecords)).toEqual(apart(expected.map(written)));
      }),
      { examples: [[[{ topic: 'a', partition: 0, key: null, value: '[]', headers: { ['__proto__']: '' }, at: undefined }], 0]] },
    );
    expect(decodeOutbox(encodeOutbox([]))).toEqual([]);
    expect(() => decodeOutbox(Buffer.from('t\tx.v1\t0\t"k"\t{}\t{}'))).toThrow('earlier build');
  });

  test('a place of ours takes the room of one that a message brings along', () => {
    const record = { topic: 't', partition: 0, key: null, value: null, headers: { [seqHeader]: 'theirs;1;2', x: 'y' } };
    const [group] = numbered([{ ...record, at: 7 }], 5, { name: 'p/3', incarnation: 1 });
    expect(group && decodeRecords(group)[0]?.headers).toEqual({ [seqHeader]: 'p/3;1;5;7', x: 'y' });
  });

  test('a place reads back, and nothing else is one', () => {
    const origin = fc.string({ minLength: 1 }).map((name) => name.replaceAll(';', '/'));
    fc.assert(
      fc.property(origin, fc.nat(), fc.nat(), fc.option(fc.integer(), { nil: undefined }), (name, incarnation, seq, at) => {
        const place = { origin: name, incarnation, seq, ...(at !== undefined && { at }) };
        expect(parseSeq(seqText(name, incarnation, seq, at))).toEqual(place);
      }),
    );
    for (const junk of [undefined, '', 'x', ';1;2', 'a;b;c', 'a;1', 'a;1;2.5', 'a;1;2;x', 'a;1;2;3;4'])
      expect(parseSeq(junk)).toBeUndefined();
  });
});

test('a send keeps the order and never exceeds what a broker takes as one batch', () => {
  const records = fc.array(
    fc.record({
      topic: fc.constantFrom('a', 'b'),
      partition: fc.nat(1),
      key: fc.constant('k'),
      value: fc.integer({ min: 0, max: 400_000 }).map((n) => 'v'.repeat(n)),
    }),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(records, (all) => {
      const sends = [...portions(encodeRecords(all))].map((send) => send.flatMap(decodeRecords));
      const sizes = (records: readonly { topic: string; partition: number; value: Buffer | string | null }[]) =>
        apart(records).map((own) => own.map(({ topic, partition, value }) => [topic, partition, value?.length]));
      expect(sizes(sends.flat())).toEqual(sizes(all));
      for (const send of sends)
        expect(send.length === 1 || send.reduce((sum, { value }) => sum + (value?.length ?? 0), 0) <= 900_000).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test('a heap gives the smallest first, whatever was pushed in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const model: number[] = [];
      for (const step of steps) {
        if (step === null) expect(heap.pop()).toBe(model.sort((a, b) => a - b).shift());
        else {
          heap.push(step);
          model.push(step);
        }
        expect(heap.peek()).toBe(model.length === 0 ? undefined : Math.min(...model));
        expect(heap.size).toBe(model.length);
      }
    }),
  );
});
