import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collected, deadLetters, events, outcomes } from '#contracts';
import { explain, Refusal } from './explain.ts';
import { printable, printableIn, printableJson } from './printable.ts';
import { recordJson, recordLine } from './record-line.ts';
import { statusTable } from './status-table.ts';
import { says } from './why/says.ts';

/** Everything that steers a terminal or hides text, in any text. */
const dangerous = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]/u;
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u001b[2J',
        '\u001b]0;title\u0007',
        '\u009b31m',
        '\u202e',
        '\u2066',
        '\n',
        '\r',
        '\t',
        '\b',
        '\u0000',
        '\ud800',
        '\u2028',
        '\u007f',
        'Ana',
        '👨‍👩‍👧',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

test.each([
  ['a\u001b[31mb', 'a\\u{1b}[31mb'],
  ['two\nlines\r', 'two\\u{a}lines\\u{d}'],
  ['moc.\u202eelgoog', 'moc.\\u{202e}elgoog'],
  ['\u009b2J', '\\u{9b}2J'],
  ['half \ud800', 'half \\u{d800}'],
  ['می\u200cخواهم 👨‍👩‍👧 ñ', 'می\u200cخواهم 👨‍👩‍👧 ñ'],
])('%j is printed as %j', (text, wanted) => {
  expect(printable(text)).toBe(wanted);
});

describe('whatever a record holds', () => {
  const record = (value: string, headers: Record<string, string> = {}, key = 'k') => ({
    offset: 7,
    key,
    value: Buffer.from(value),
    headers,
  });

  test('`hito read` prints one line that steers nothing', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (text, key, reason) => {
        const letter = {
          'hito-dl-processor': text,
          'hito-dl-topic': text,
          'hito-dl-partition': '0',
          'hito-dl-offset': '1',
          'hito-dl-reason': reason,
          'hito-dl-attempts': '1',
        };
        for (const line of [
          recordLine(events, 0, record(text, {}, key)),
          recordLine(events, 0, record(JSON.stringify({ [text]: text }), {}, key)),
          recordLine(deadLetters('scoring'), 0, record(text, letter, key)),
          recordLine(collected, 0, record(text, {}, key)),
          recordJson(outcomes, 0, record(JSON.stringify(text), { [text]: reason }, key)),
        ])
          expect(line).not.toMatch(dangerous);
      }),
    );
  });

  test('JSON for a terminal is the same value', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), (value) => {
        expect(printableJson(value, 2).replaceAll('\n', '')).not.toMatch(dangerous);
        expect(JSON.parse(printableJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('`hito why`, `hito status` and errors print nothing that steers', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const call = {
          topic: 'collected.v1',
          partition: 0,
          offset: 1,
          data: { type: 'track', event: text, source: text, message_id: text, occurred_at: '' },
        };
        expect(says(call as never)).not.toMatch(dangerous);
        const outcome = {
          topic: 'outcomes.v1',
          partition: 0,
          offset: 1,
          data: { verdict: 'human', reason: text, smtp_reply: text },
        };
        expect(says(outcome as never)).not.toMatch(dangerous);
        const status = {
          service: text,
          prefix: 'hito',
          notReady: text,
          tasks: [],
          refused: [{ processor: text, source: text, reason: text, count: 1 }],
          unreadable: [{ source: text, what: text, count: 1 }],
          shared: [{ source: text, what: text, count: 1 }],
          conditions: [{ rule: text, reason: text, count: 1 }],
          suppressed: [{ reason: text, count: 1 }],
          breakers: [{ name: text, open: false, since: text, trouble: text }],
        };
        for (const line of statusTable(
          [
            { url: 'u', status },
            { url: 'v', silent: text },
          ],
          0,
        ).split('\n'))
          expect(line).not.toMatch(dangerous);
        expect(explain(new Refusal(text)).replaceAll('\n', '')).not.toMatch(dangerous);
        expect(JSON.stringify(printableIn({ [text]: [text] })).replaceAll('\\', '')).not.toMatch(dangerous);
      }),
    );
  });
});
