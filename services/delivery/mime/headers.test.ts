import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { addressLine, bareLine, textLine } from './headers.ts';

const nasty = fc
  .array(
    fc.oneof(fc.constantFrom('\r\n', '\n', '\r', '\r\n\r\n', 'Bcc: eve@evil.example', ': ', 'ñ', '=?', '日本', ' '), fc.string()),
  )
  .map((parts) => parts.join(''));
const headersOf = async (head: string): Promise<readonly string[]> =>
  (await PostalMime.parse(`${head}\r\n\r\nbody`)).headers.map(({ key }) => key);

test('whatever stands in a subject, it is one header and no body', async () => {
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      const line = textLine('Subject', text);
      expect(await headersOf(line)).toEqual(['subject']);
      for (const part of line.split('\r\n')) expect(part).toMatch(/^[\t -~]*$/);
    }),
  );
});

test.each(['ana@example.test', "o'brien@example.test", 'a"b@example.test', 'josé@example.test', 'a(b)@example.test'])(
  'an address such as ingestion lets through, %s, is one header with one address',
  async (address) => {
    const line = addressLine('To', address);
    expect(await headersOf(line)).toEqual(['to']);
    expect((await PostalMime.parse(`${line}\r\n\r\nbody`)).to).toHaveLength(1);
  },
);

test('what must not be folded refuses a line break instead of writing it', () => {
  expect(() => bareLine('Feedback-ID', 'a\r\nBcc: eve@evil.example')).toThrow('Feedback-ID cannot be written in one line');
});
