import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { parseAddress } from '#facts';
import { compose, type Composer } from './compose.ts';
import { loadTemplates } from './content/index.ts';
import { messageIdOf, senderOf } from './identity.ts';
import type { Mail } from './mails/mail.ts';
import { tokensOf } from './tracking/index.ts';

const expectedHeaders = [
  ...['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'auto-submitted', 'feedback-id', 'list-id'],
  ...['list-unsubscribe', 'list-unsubscribe-post', 'content-type'],
];

let composer: Composer;
beforeAll(async () => {
  composer = {
    templates: await loadTemplates('examples/shop/templates', {
      postalAddress: 'Calle Mayor 1, Madrid',
      defaultLocale: 'es',
      linkHosts: ['shop.example'],
    }),
    tokens: tokensOf({ HITO_SIGNING_KEY: 'a key for tests that is long enough' }),
    publicUrl: 'https://mail.shop.example',
    from: senderOf('La tienda <hola@shop.example>'),
  };
});

const mail = (changes: Partial<Mail> = {}): Mail => ({
  id: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c',
  personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e',
  play: 'orders-10',
  category: 'milestone',
  legal: false,
  consent: 'opt_out',
  template: 'count',
  variables: {
    kind: 'count',
    milestone: 'orders-10',
    occurrence: '1',
    value: 10,
    threshold: 10,
    aggregates: {
      count: 10,
      sum_minor: 123_456,
      currency: 'USD',
      first_at: '1997-01-01T02:00:00.000Z',
      last_at: '1998-01-02T12:00:00.000Z',
      local_date: '1998-01-01',
    },
  },
  locale: 'es',
  zone: 'Europe/Madrid',
  email: 'ana@example.test',
  name: 'Ana',
  replayed: false,
  decidedAt: Date.parse('1998-01-01T10:00:00Z'),
  attempt: 1,
  partition: 0,
  token: 't',
  deferrals: 0,
  rendered: undefined,
  mailbox: [{ hash: Buffer.alloc(32), keyId: 'k1' }],
  consentNames: ['milestone'],
  tracked: true,
  ...changes,
});
async function made(changes: Partial<Mail> = {}) {
  const composed = compose(mail(changes), composer);
  if ('unsendable' in composed) throw new Error(composed.unsendable);
  const text = composed.bytes.toString('latin1');
  return { ...composed, text, head: text.slice(0, text.indexOf('\r\n\r\n')), parsed: await PostalMime.parse(composed.bytes) };
}

describe('a mail', () => {
  test('of a replay has links without an end, for its instant is not of today', async () => {
    const ends = async (replayed: boolean): Promise<unknown> => {
      const { parsed } = await made({ replayed });
      const token = /\/t\/c\/([\w-]+)/.exec(parsed.html ?? '')?.[1] ?? '';
      return composer.tokens.check('click', token, Date.parse('2026-01-01T00:00:00Z'));
    };
    expect(await ends(true)).toMatchObject({ purpose: 'click' });
    expect(await ends(false)).toMatchObject({ refused: 'expired' });
  });

  test('has the Message-ID of its decision, its instant as Date, and both texts', async () => {
    const { parsed, messageId, head } = await made();
    expect(messageId).toBe(messageIdOf(mail(), 'shop.example'));
    expect(parsed.messageId).toBe(messageId);
    expect(parsed.date).toBe('1998-01-01T10:00:00.000Z');
    expect(parsed.from?.address).toBe('hola@shop.example');
    expect(parsed.text?.length).toBeGreaterThan(50);
    expect(parsed.html).toContain('<html');
    expect(head).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(head).toMatch(/^Feedback-ID: orders-10:milestone:hito:shop-example$/m);
    expect(head).toMatch(/^List-ID: <milestone\.shop\.example>$/m);
  });

  test('has one unfolded List-Unsubscribe and its Post; a legal one has none', async () => {
    const { head } = await made();
    expect(head.match(/^List-Unsubscribe: <https:\/\/mail\.shop\.example\/t\/u\/[\w-]+>$/gm)).toHaveLength(1);
    expect(head.match(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/gm)).toHaveLength(1);
    expect((await made({ category: 'transactional', legal: true })).head).not.toMatch(/^List-Unsubscribe/m);
  });

  test('is the same bytes each time it is made', async () => {
    expect((await made()).bytes.equals((await made()).bytes)).toBe(true);
  });

  test('has no pixel and no rewritten link where tracking is withdrawn', async () => {
    expect((await made()).parsed.html).toMatch(/\/t\/o\//);
    expect((await made({ tracked: false })).parsed.html).not.toMatch(/\/t\/[oc]\//);
  });

  test('of a legal category has neither, whatever the person said', async () => {
    const { parsed } = await made({ category: 'transactional', legal: true, tracked: true });
    expect(parsed.html).not.toMatch(/\/t\/[ocu]\//);
    expect(parsed.text).not.toMatch(/\/t\/[ocu]\//);
  });

  test('without what its template needs is not made', () => {
    const composed = compose(mail({ variables: {} }), composer);
    expect('unsendable' in composed && composed.unsendable).toContain('missing_required_variable');
  });
});

test('a link that is not https offers no one-click unsubscription', () => {
  const composed = compose(mail(), { ...composer, publicUrl: 'http://127.0.0.1:8080' });
  const head = 'bytes' in composed ? composed.bytes.toString() : '';
  expect(head).toMatch(/^List-Unsubscribe: <http:/m);
  expect(head).not.toMatch(/^List-Unsubscribe-Post/m);
});

test('a mail for what is no address is not made', () => {
  const twin = 'čĊBcc:victim@evil.example';
  expect(compose(mail({ email: twin }), composer)).toEqual({ unsendable: 'invalid_address' });
});

test('a category and a play in any script make legal headers', async () => {
  const { parsed } = await made({ play: 'día 1: \r\nBcc', category: 'promoción' });
  expect(parsed.headers.map(({ key }) => key)).not.toContain('bcc');
});

const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '\r\nBcc: eve@evil.example\r\n\r\n',
        'Ċ',
        '=?utf-8?B?QQ==?=',
        '\ud800',
        '\0',
        'x'.repeat(300),
        ':',
        '\u200d',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** A category's name has a bound in the playbook. */
const anyId = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
  fc.constantFrom('a\r\nBcc: b', 'promoción', ':'),
);

test('a mail of any text in any field has its headers and nothing else, to the parsed address', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, anyId, anyText, fc.oneof(fc.emailAddress(), anyText), async (...texts) => {
      const [name, play, category, locale, email] = texts;
      const composed = compose(mail({ name, play, category, locale, email }), composer);
      const to = parseAddress(email);
      if (!('bytes' in composed)) {
        expect(to.ok && composed.unsendable).toBe(false);
        return;
      }
      const parsed = await PostalMime.parse(composed.bytes);
      expect(parsed.headers.map(({ key }) => key)).toEqual(expectedHeaders);
      expect(parsed.to).toEqual([{ address: to.ok && to.address, name: '' }]);
      expect(parsed.attachments).toEqual([]);
      const [head = ''] = composed.bytes.toString('latin1').split('\r\n\r\n');
      if (to.ok && !to.needsSmtpUtf8) expect(head).not.toMatch(/[^\t\r\n -~]/);
      for (const line of composed.bytes.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test('the sender is one address in a domain, in A-labels', () => {
  expect(senderOf('Shop <a@b.example>')).toEqual({ name: 'Shop', address: 'a@b.example', domain: 'b.example' });
  expect(senderOf('"Tienda, S.L." <hola@bücher.example>')).toEqual({
    name: 'Tienda, S.L.',
    address: 'hola@xn--bcher-kva.example',
    domain: 'xn--bcher-kva.example',
  });
  expect(senderOf('a@b.example').name).toBe('');
  expect(senderOf('"Ana @ Shop <3" <a@b.example>').name).toBe('Ana @ Shop <3');
  expect(senderOf('Sh\u202eop <a@b.example>').name).toBe('Shop');
});

test.each(['Shop <a@b.example> <c@d.example>', 'c@d.example <a@b.example>', '"Shop" <a@b.example> "x" <c@d.example>'])(
  'a sender that names two addresses is refused: %s',
  (from) => {
    expect(() => senderOf(from)).toThrow('give one address');
  },
);
