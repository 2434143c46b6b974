import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { keyRing, ringVariable, type RingEntry } from './key-ring.ts';
import { seal, unseal } from './sealed.ts';

const secret = 'a key for tests that is long enough';
const older = 'an older key for tests that is long';
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

describe('a ring of keys', () => {
  test('has another key, with another id, for each use', () => {
    const rings = (['links', 'suppressions', 'logs', 'secrets'] as const).map((use) => keyRing(use, secret).current);
    expect(new Set(rings.map(({ id }) => id)).size).toBe(4);
    expect(new Set(rings.map((key) => key.bytes.toString('hex'))).size).toBe(4);
  });

  test('writes with the first of its keys and reads what each of them has written', () => {
    const configured = [{ id: 'k2', bytes: randomBytes(32) }];
    const before = seal(keyRing('links', older), Buffer.from('old'));
    const derived = seal(keyRing('links', secret), Buffer.from('derived'));
    const ring = keyRing('links', `${secret},${older}`, configured);
    expect(ring.current.id).toBe('k2');
    for (const [sealed, text] of [
      [before, 'old'],
      [derived, 'derived'],
      [seal(ring, Buffer.from('new')), 'new'],
    ] as const)
      expect(String(unseal(ring, sealed))).toBe(text);
    expect(unseal(keyRing('links', secret), before)).toBe('unknown_key');
  });

  test('has each secret once, however often it is written', () => {
    const ring = keyRing('suppressions', `${secret}, ${older},${secret}`);
    expect(ring.keys.map(({ id }) => id)).toEqual(keyRing('suppressions', `${secret},${older}`).keys.map(({ id }) => id));
  });

  test('keeps the order of its variable, the derived keys at their word or else last', () => {
    const [k1, k2] = ['k1', 'k2'].map((id) => ({ id, bytes: randomBytes(32) })) as [RingEntry, RingEntry];
    const text = (entries: readonly RingEntry[]): string =>
      entries.map((one) => (one === 'derived' ? one : `${one.id}:${one.bytes.toString('base64')}`)).join(', ');
    const ids = (entries: readonly RingEntry[]): string[] =>
      keyRing('links', secret, ringVariable.parse(text(entries))).keys.map(({ id }) => (id.startsWith('d') ? 'derived' : id));
    expect(ids([k1, k2])).toEqual(['k1', 'k2', 'derived']);
    expect(ids(['derived', k1])).toEqual(['derived', 'k1']);
    expect(ids([k2, 'derived', k1])).toEqual(['k2', 'derived', 'k1']);
    expect(z.safeParse(ringVariable, text(['derived', k1, 'derived'])).success).toBe(false);
    expect(z.safeParse(ringVariable, `derived:${randomBytes(32).toString('base64')},derived`).success).toBe(false);
  });

  test('reads in each step of a change what the step beside it writes', () => {
    const [past, present] = ['past', 'present'].map((id) => ({ id, bytes: randomBytes(32) })) as [RingEntry, RingEntry];
    const steps: (readonly RingEntry[])[] = [[past], [past, present], [present, past], [present]];
    const first: (readonly RingEntry[])[] = [[], ['derived', present], [present]];
    for (const change of [steps, first])
      for (const [n, entries] of change.entries())
        for (const beside of [change[n - 1], change[n + 1]].filter((step) => step !== undefined))
          expect(
            String(unseal(keyRing('links', secret, beside), seal(keyRing('links', secret, entries), Buffer.from('x')))),
          ).toBe('x');
  });

  test('is refused where a secret is short, an entry is none, a key is no 32 bytes, or an id comes twice', () => {
    expect(() => keyRing('links', `${secret},short`)).toThrow(/shorter than 16 characters.*openssl rand/);
    const key = randomBytes(32).toString('base64');
    expect(z.safeParse(ringVariable, `a:${key},b:${randomBytes(32).toString('base64')}`).success).toBe(true);
    for (const text of [
      '',
      'a',
      `a:${key},b:${key}`,
      `a:${Buffer.alloc(32).toString('base64')}`,
      `a:${randomBytes(16).toString('base64')}`,
      `A b:${key}`,
      `a:${key},a:${key}`,
      `a:${key},`,
    ])
      expect(z.safeParse(ringVariable, text).success).toBe(false);
  });
});

describe('what is sealed', () => {
  const ring = keyRing('secrets', secret);
  test('is read again, is the same bytes each time, and shows nothing of the text', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const sealed = seal(ring, text);
        expect(unseal(ring, sealed)).toEqual(text);
        expect(seal(ring, text)).toEqual(sealed);
        if (text.length >= 4) expect(sealed.includes(text)).toBe(false);
      }),
    );
  });

  test('with a bit changed, cut, or anything else is told as unreadable, and nothing throws', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (text, where) => {
        const sealed = seal(ring, text);
        const flipped = Buffer.from(sealed);
        flipped[(where >> 3) % flipped.length] = (flipped[(where >> 3) % flipped.length] ?? 0) ^ (1 << (where & 7));
        for (const broken of [
          flipped,
          sealed.subarray(0, where % sealed.length),
          text,
          Buffer.concat([sealed, Buffer.from([0])]),
        ])
          expect(['malformed', 'unknown_key', 'forged']).toContain(unseal(ring, broken));
      }),
      { numRuns: 1_000 },
    );
  });
});
