import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Heap } from './heap.ts';
import { portions } from './kafka/produce.ts';
import { decodeOutbox, encodeOutbox, numbered } from './outbox.ts';
import { parseSeq, seqText } from './control.ts';

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

describe('the outbox', () => {
  test('gives back what goes to the broker, byte for byte: whoever publishes it later says the same', () => {
    fc.assert(
      fc.property(fc.array(out), fc.nat(), (messages, firstSeq) => {
        const records = numbered(messages, firstSeq, { name: 'p/3', incarnation: 2 });
        // What is on record is UTF-8: half a surrogate pair becomes the replacement character, as on the broker.
        const utf8 = (value: string): string => Buffer.from(value).toString();
        const expected = records.map((record) => ({
          ...record,
          value: typeof record.value === 'string' ? utf8(record.value) : record.value,
        }));
        expect(decodeOutbox(encodeOutbox(records))).toEqual(expected);
      }),
    );
  });

  test('numbers ours one by one, with their instant, and leaves the others alone', () => {
    fc.assert(
      fc.property(fc.array(out), fc.nat(), fc.integer({ min: 1, max: 9 }), (messages, firstSeq, incarnation) => {
        const records = numbered(messages, firstSeq, { name: 'p/3', incarnation });
        const ours = messages.flatMap(({ at }, i) => (at === undefined ? [] : [{ at, headers: records[i]?.headers }]));
        expect(ours.map(({ headers }) => parseSeq(headers?.['hito-seq']))).toEqual(
          ours.map(({ at }, i) => ({ origin: 'p/3', incarnation, seq: firstSeq + i, at })),
        );
        records.forEach(({ headers }, i) => {
          if (messages[i]?.at === undefined) expect(headers).toEqual(messages[i]?.headers);
        });
      }),
    );
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
      const sends = [...portions(all)];
      expect(sends.flat().map(({ value }) => value?.length)).toEqual(all.map(({ value }) => value.length));
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
