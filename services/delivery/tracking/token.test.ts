import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { linkSigner } from './link-signer.ts';
import { keyRing } from '#platform';
import type { Claim, Purpose } from './claim.ts';
import { linkTokens } from './token.ts';

const tokens = linkTokens(keyRing('links', '0123456789abcdef0123456789abcdef'));
const purposes: Purpose[] = ['open', 'click', 'unsubscribe'];
const uuid = fc.uuid();
const claims: fc.Arbitrary<Claim> = fc.oneof(
  fc.record({ purpose: fc.constant('open' as const), personId: uuid, messageId: uuid }),
  fc.record({
    purpose: fc.constant('click' as const),
    personId: uuid,
    messageId: uuid,
    index: fc.nat(65_535),
    url: fc.webUrl({ withQueryParameters: true, withFragments: true }).map((url) => new URL(url).href),
  }),
  fc.record({
    purpose: fc.constant('unsubscribe' as const),
    personId: uuid,
    messageId: uuid,
    category: fc.stringMatching(/^[a-z][a-z0-9-]{0,60}$/),
  }),
);

describe('a token', () => {
  test('says what was signed, for its own purpose only', () => {
    fc.assert(
      fc.property(claims, (claim) => {
        const token = tokens.sign(claim);
        expect(token).toMatch(/^[\w-]+$/);
        for (const purpose of purposes)
          expect(tokens.read(purpose, token)).toEqual(purpose === claim.purpose ? claim : undefined);
      }),
    );
  });

  test('with any sign changed, taken out or put in says nothing', () => {
    const signs = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \n%é';
    fc.assert(
      fc.property(
        claims,
        fc.nat(),
        fc.constantFrom(...Array.from(signs)),
        fc.constantFrom('change', 'remove', 'insert', 'cut'),
        (claim, where, sign, how) => {
          const token = tokens.sign(claim);
          const i = where % token.length;
          const altered = {
            change: token.slice(0, i) + sign + token.slice(i + 1),
            remove: token.slice(0, i) + token.slice(i + 1),
            insert: token.slice(0, i) + sign + token.slice(i),
            cut: token.slice(0, i),
          }[how];
          fc.pre(altered !== token);
          for (const purpose of purposes) expect(tokens.read(purpose, altered)).toBeUndefined();
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('with a bit of its bytes changed says nothing', () => {
    fc.assert(
      fc.property(claims, fc.nat(), (claim, where) => {
        const bytes = Buffer.from(tokens.sign(claim), 'base64url');
        const bit = where % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        for (const purpose of purposes) expect(tokens.read(purpose, bytes.toString('base64url'))).toBeUndefined();
      }),
    );
  });

  test('of another key, and any other text, says nothing', () => {
    const others = linkTokens(keyRing('links', 'fedcba9876543210fedcba9876543210'));
    fc.assert(
      fc.property(claims, fc.string(), (claim, text) => {
        for (const purpose of purposes) {
          expect(tokens.read(purpose, others.sign(claim))).toBeUndefined();
          expect(tokens.read(purpose, text)).toBeUndefined();
        }
      }),
    );
  });

  test.each([
    'javascript:alert(1)',
    '//evil.example',
    '/path',
    'https:evil.example',
    'data:text/html,x',
    'HTTPS://shop.example/',
  ])('is not made for %s', (url) => {
    const mail = { personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e', messageId: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c' };
    expect(() => tokens.sign({ purpose: 'click', ...mail, index: 0, url })).toThrow(/may only link to http and https/);
  });
});

test('a short key is refused, with what to do', () => {
  expect(() => keyRing('links', 'short')).toThrow(/HITO_SIGNING_KEY is shorter.*openssl rand/);
});

test('a person who is not tracked has bare links and no pixel, and can unsubscribe', () => {
  const mail = { personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e', messageId: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c' };
  const bare = linkSigner(tokens, 'https://mail.example/', { ...mail, tracked: false });
  expect(bare.open()).toBeUndefined();
  expect(bare.click('https://shop.example/', 0)).toBe('https://shop.example/');
  const [, token] = /^https:\/\/mail\.example\/t\/u\/([\w-]+)$/.exec(bare.unsubscribe('milestone')) ?? [];
  expect(tokens.read('unsubscribe', token ?? '')).toEqual({ purpose: 'unsubscribe', ...mail, category: 'milestone' });
});

test('a link is tracked up to 8,000 signs of it and read back; a longer one leads there untracked', () => {
  const mail = { personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e', messageId: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c' };
  const signer = linkSigner(tokens, 'https://mail.example', { ...mail, tracked: true });
  fc.assert(
    fc.property(fc.oneof(fc.nat(9_000), fc.integer({ min: 5_800, max: 6_100 })), (length) => {
      const url = new URL(`https://shop.example/ñ${'a'.repeat(length)}`).href;
      const link = signer.click(url, 0);
      if (link === url) return length > 5_800;
      const read = tokens.read('click', link.replace(/^.*\/t\/c\//, ''));
      return link.length <= 8_000 && read?.url === url;
    }),
  );
  expect(signer.click('https://shop.example/', 65_536)).toBe('https://shop.example/');
});
