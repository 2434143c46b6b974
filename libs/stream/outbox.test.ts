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
  seq: fc.boolean(),
});

describe('the outbox', () => {
  test('gives back what was put in, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(out), (messages) => {
        // What is on record is UTF-8: half a surrogate pair becomes the replacement character, as on the broker.
        const utf8 = (value: string): string => Buffer.from(value).toString();
        const expected = messages.map((message) => ({
          ...message,
          value: typeof message.value === 'string' ? utf8(message.value) : message.value,
          headers: { ...message.headers },
        }));
        expect(decodeOutbox(encodeOutbox(messages))).toEqual(expected);
      }),
    );
  });

  test('numbers ours one by one and leaves the others alone', () => {
    fc.assert(
      fc.property(fc.array(out), fc.nat(), fc.integer({ min: 1, max: 9 }), (messages, firstSeq, incarnation) => {
        const numberedSeqs = numbered(messages, firstSeq, { name: 'p/3', incarnation })
          .filter((_, i) => messages[i]?.seq)
          .map(({ headers }) => parseSeq(headers?.['hito-seq']));
        expect(numberedSeqs).toEqual(
          messages.filter(({ seq }) => seq).map((_, i) => ({ origin: 'p/3', incarnation, seq: firstSeq + i })),
        );
        numbered(messages, firstSeq, { name: 'p/3', incarnation }).forEach(({ headers }, i) => {
          if (messages[i]?.seq === false) expect(headers).toEqual(messages[i].headers);
        });
      }),
    );
  });

  test('a place reads back, and nothing else is one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.nat(), (origin, incarnation, seq) => {
        expect(parseSeq(seqText(origin, incarnation, seq))).toEqual({ origin, incarnation, seq });
      }),
    );
    for (const junk of [undefined, '', 'x', ';1;2', 'a;b;c', 'a;1', 'a;1;2.5']) expect(parseSeq(junk)).toBeUndefined();
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
