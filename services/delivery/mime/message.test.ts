import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { cut, inOrder, oneLine, parseAddress, wellFormed } from '#facts';
import { messageBytes, type Message } from './message.ts';

const message = (changes: Partial<Message> = {}): Message => ({
  id: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c',
  from: { name: 'La tienda', address: 'hola@shop.example' },
  to: 'ana@one.example',
  subject: 'Hola',
  messageId: '<c1a5b2e4@shop.example>',
  date: 0,
  lines: [['List-ID', '<milestone.shop.example>']],
  text: 'Hola\n',
  html: '<p>Hola</p>',
  ...changes,
});
const names = ['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'list-id', 'content-type'];

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\n',
        '\r',
        '\r\n\r\n',
        'Bcc: eve@evil.example',
        ': ',
        'ñ',
        '=?',
        '?=',
        '=?utf-8?B?V2luIGF0IGV2aWw=?=',
      ),
      fc.constantFrom(
        '日本',
        ' ',
        '\t',
        'Ċ',
        '\u010d\u010a',
        '\u200c',
        '\u200d',
        '👨\u200d👩\u200d👧',
        '\u2028',
        '\0',
        '"',
        '\\',
        ',',
        '<',
        '.',
      ),
      fc.constantFrom('\u202a', '\u202e', '\u2066', '\u2069', '\u200f'),
      fc.constantFrom(
        '--=_',
        '\r\n--=_c1a5b2e47c575a398d3e2b1f0a9e8d7c--\r\n',
        '\r\n.\r\n',
        'x'.repeat(400),
        'ñ'.repeat(400),
        'a '.repeat(400),
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** As a header shows a text: one line, cut, with nothing that reorders what stands beside it. */
const asShown = (text: string): string => inOrder(cut(oneLine(text), 500)).trim();

/** As a parser gives back text: a reader's lines end in a line feed. */
const asRead = (text: string): string =>
  wellFormed(text)
    .replace(/^\ufeff+/, '')
    .replace(/\r\n?|\n/g, '\n');

describe('the bytes of a mail', () => {
  test('say the same fields to an independent parser, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (subject, name, text, html) => {
        const bytes = messageBytes(message({ subject, from: { name, address: 'hola@shop.example' }, text, html }));
        const raw = bytes.toString('latin1');
        expect(raw).not.toMatch(/[^\t\r\n -~]|\r(?!\n)|(?<!\r)\n/);
        for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
        const mail = await PostalMime.parse(bytes);
        expect(mail.headers.map(({ key }) => key)).toEqual(names);
        expect(mail.subject ?? '').toBe(asShown(subject));
        expect(mail.from).toEqual({ address: 'hola@shop.example', name: asShown(name) });
        expect(mail.to).toEqual([{ address: 'ana@one.example', name: '' }]);
        expect(mail.attachments).toEqual([]);
        expect((mail.text ?? '').replace(/\n+$/, '')).toBe(asRead(text).replace(/\n+$/, ''));
        expect((mail.html ?? '').replace(/\n+$/, '')).toBe(asRead(html).replace(/\n+$/, ''));
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  test('name in To the parsed address, in one line, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.emailAddress(),
          fc.constantFrom('čĊ@x.example', '用户@例え.jp', `SRS0=${'a'.repeat(55)}@f.example`, "o'b@x.example"),
          nasty,
        ),
        async (raw) => {
          const read = parseAddress(raw);
          if (!read.ok) return;
          const bytes = messageBytes(message({ to: read.address }));
          const mail = await PostalMime.parse(bytes);
          expect(mail.headers.map(({ key }) => key)).toEqual(names);
          expect(mail.to).toEqual([{ address: read.address, name: '' }]);
          expect(bytes.toString()).toContain(`\r\nTo: ${read.address}\r\n`);
          const head = bytes.toString().split('\r\n\r\n')[0] ?? '';
          if (!read.needsSmtpUtf8) expect(head).not.toMatch(/[^\t\r\n -~]/);
        },
      ),
    );
  });

  test.each(['می\u200cخواهم', 'ශ්\u200dරී', 'ക\u0d4d\u200d', '👨\u200d👩\u200d👧'])(
    'keep the joiners of %s in a subject',
    async (word) => {
      expect((await PostalMime.parse(messageBytes(message({ subject: `${word}, hola` })))).subject).toBe(`${word}, hola`);
    },
  );

  test.each(['x'.repeat(400), 'ñ'.repeat(400), '日'.repeat(400), 'a '.repeat(600), 'https://x.example/'.repeat(25)])(
    'fold a subject and a name of long words into lines of 78: %s',
    (text) => {
      const [head = ''] = messageBytes(message({ subject: text, from: { name: text, address: 'hola@shop.example' } }))
        .toString('latin1')
        .split('\r\n\r\n');
      for (const line of head.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
    },
  );

  test('are the same for the same message', () => {
    expect(messageBytes(message()).equals(messageBytes(message()))).toBe(true);
  });

  test('are not made where a header of one line would be two', () => {
    expect(() => messageBytes(message({ lines: [['Feedback-ID', 'a\r\nBcc: eve@evil.example']] }))).toThrow(
      'The header Feedback-ID',
    );
    expect(() => messageBytes(message({ lines: [['List-ID', 'a'.repeat(1_000)]] }))).toThrow('The header List-ID');
  });
});
