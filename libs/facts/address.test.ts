import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress } from './address.ts';

describe('parseAddress', () => {
  it.each([
    ['ana@shop.example', 'ana@shop.example', 'ana@shop.example'],
    ['Ana.Ruiz+news@Shop.Example', 'Ana.Ruiz+news@shop.example', 'ana.ruiz+news@shop.example'],
    ["o'brien+shop/1=x!#$%&*?^_`{|}~@one.example", "o'brien+shop/1=x!#$%&*?^_`{|}~@one.example", undefined],
    ['ana@bücher.example', 'ana@xn--bcher-kva.example', undefined],
    ['ana@BÜCHER.example', 'ana@xn--bcher-kva.example', undefined],
    ['ana@xn--bcher-kva.example', 'ana@xn--bcher-kva.example', undefined],
    ['用户@例え.jp', '用户@xn--r8jz45g.jp', undefined],
    ['jose\u0301@one.example', 'josé@one.example', undefined],
    ['ana@one.example.', 'ana@one.example', undefined],
    ['ana@one。example', 'ana@one.example', undefined],
    ['  mailto:ana@one.example\r\n', 'ana@one.example', undefined],
    ['MAILTO:ana@one.example', 'ana@one.example', undefined],
    ['\u200bana@one.example\ufeff', 'ana@one.example', undefined],
    ['a\u00adna@o\u200bne.example', 'ana@one.example', undefined],
    ['\u202eana@one.example\u2069', 'ana@one.example', undefined],
    ['می\u200cخواهم@one.example', 'می\u200cخواهم@one.example', undefined],
  ])('reads %j as %s', (text, address, key) => {
    expect(parseAddress(text)).toMatchObject({ ok: true, address, ...(key === undefined ? {} : { key }) });
  });

  it.each([
    ['', 'empty'],
    [' \u200b ', 'empty'],
    ['ana', 'no_at_sign'],
    ['@one.example', 'local_part'],
    ['ana@', 'domain'],
    ['ana@localhost', 'domain'],
    ['ana@one..example', 'domain'],
    ['ana@one.example..', 'domain'],
    ['ana@-one.example', 'domain'],
    ['ana@one_two.example', 'domain'],
    ['ana@xn--.example', 'domain'],
    ['ana@xn--99999999.example', 'domain'],
    ['ana@10.0.0.1', 'domain'],
    [`ana@${'a'.repeat(64)}.example`, 'domain'],
    [`ana@${'a.'.repeat(130)}example`, 'too_long'],
    [`ana@${'é.'.repeat(130)}example`, 'domain'],
    ['ana@[10.0.0.1]', 'ip_literal'],
    ['ana@[IPv6:::1]', 'ip_literal'],
    [`${'a'.repeat(65)}@one.example`, 'too_long'],
    [`${'ñ'.repeat(33)}@one.example`, 'too_long'],
    [`${'a'.repeat(5_000)}@one.example`, 'too_long'],
    ['"ana ruiz"@one.example', 'quoted'],
    ['""@one.example', 'quoted'],
    ['an"a@one.example', 'local_part'],
    ['ana..ruiz@one.example', 'local_part'],
    ['.ana@one.example', 'local_part'],
    ['ana(work)@one.example', 'local_part'],
    ['ana@one.example(work)', 'domain'],
    ['<ana@one.example>', 'domain'],
    ['Ana <ana@one.example>', 'local_part'],
    ['friends:ana@one.example;', 'domain'],
    ['@relay.example:ana@one.example', 'local_part'],
    ['ana@one.example,eve@two.example', 'local_part'],
    ['ana@one.example\r\nBcc: eve@evil.example', 'local_part'],
    ['čĊBcc:victim@evil.example', 'local_part'],
    ['an a@one.example', 'local_part'],
    ['an\u00a0a@one.example', 'local_part'],
    ['ana\u200d@one.example', 'local_part'],
    ['mailto:mailto:ana@one.example', 'local_part'],
    ['mailto:ana@one.example?subject=x', 'domain'],
  ])('refuses %j: %s', (text, reason) => {
    expect(parseAddress(text)).toEqual({ ok: false, reason });
  });

  it('names one mailbox by one key, whatever its letter case and spelling', () => {
    const keys = [
      'ANA@BÜCHER.example',
      'ana@bücher.example.',
      'mailto:Ana@xn--bcher-kva.EXAMPLE',
      '\u200bana@bücher.example',
    ].map((text) => parseAddress(text));
    expect(new Set(keys.map((read) => (read.ok ? read.key : read.reason)))).toEqual(new Set(['ana@xn--bcher-kva.example']));
  });

  it('keeps dots and tags: elsewhere than at one provider they are other mailboxes', () => {
    const keys = ['ana.ruiz@gmail.com', 'anaruiz@gmail.com', 'anaruiz+x@gmail.com'].map((text) => parseAddress(text));
    expect(new Set(keys.map((read) => (read.ok ? read.key : read.reason))).size).toBe(3);
  });
});

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'Z', '9', '.', '-', '@', '+', 'xn--', 'bücher', 'ß', '日本', '.example', 'İ', '\u0301'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\u200d',
      '\u200c',
      '\u200b',
      '\u202e',
      '\0',
      '\r\n',
      ' ',
      '<',
      '>',
      '"',
      '(',
      ';',
      ':',
      ',',
      '[',
      '\\',
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 3 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
);
const text = fc
  .tuple(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 8 }), fc.constantFrom('.example', '.рф', '', '.'))
  .map(([local, domain, end]) => `${local.join('')}@${domain.join('')}${end}`);

describe('what parseAddress accepts', () => {
  it('has an ASCII domain of legal lengths and nothing that a header or a command could be made of', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const read = parseAddress(raw);
        if (!read.ok) return;
        const at = read.address.lastIndexOf('@');
        const [local, domain] = [read.address.slice(0, at), read.address.slice(at + 1)];
        expect(domain).toMatch(/^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/);
        expect(local).not.toMatch(/(?![\u200c\u200d])[\p{C}\p{Z}<>()[\],;:\\"@]/u);
        expect(Buffer.byteLength(read.address)).toBeLessThanOrEqual(254);
        expect(Buffer.byteLength(local)).toBeLessThanOrEqual(64);
        expect(read.needsSmtpUtf8).toBe(/[^ -~]/.test(local));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is read as itself', () => {
    fc.assert(
      fc.property(text, (raw) => {
        const read = parseAddress(raw);
        if (read.ok) expect(parseAddress(read.address)).toEqual(read);
      }),
      { numRuns: 3_000 },
    );
  });

  it('keeps its key in any letter case of ASCII', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (raw) => {
        const [lower, upper] = [parseAddress(raw.toLowerCase()), parseAddress(raw.toUpperCase())];
        expect(lower.ok && lower.key).toBe(upper.ok && upper.key);
      }),
    );
  });
});
