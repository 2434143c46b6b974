import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SharedIds } from './shared-ids.ts';

const noon = Date.parse('2026-03-01T12:00:00Z');
const day = 86_400_000;
const limits = { anonymousIds: 3, addresses: 2 };

describe('a user id', () => {
  it('is reported once a day with more anonymous ids than allowed', () => {
    const shared = new SharedIds(limits);
    const told = ['a', 'b', 'c', 'a', 'd', 'e', 'f'].map((id) => shared.note('guest', id, undefined, noon));
    expect(told).toEqual([[], [], [], [], ['anonymous_ids'], [], []]);
    expect(['a', 'b', 'c', 'd'].map((id) => shared.note('guest', id, undefined, noon + day).length)).toEqual([0, 0, 0, 1]);
  });

  it('is reported with more addresses than allowed, whatever their letter case', () => {
    const shared = new SharedIds(limits);
    const told = ['a@x.example', 'A@x.example ', 'b@x.example', 'c@x.example'].map((to) => shared.note('guest', 'one', to, noon));
    expect(told).toEqual([[], [], [], ['addresses']]);
  });

  it('is not reported for what others send', () => {
    const shared = new SharedIds(limits);
    for (let n = 0; n < 100; n += 1) expect(shared.note(`u${String(n)}`, `a${String(n)}`, undefined, noon)).toEqual([]);
  });

  it('that is seen all the time is noticed among any number of others', () => {
    const shared = new SharedIds(limits, 10);
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 200, maxLength: 200 }), (others) => {
        const told = others.flatMap((other, n) => [
          ...shared.note(other, 'x', undefined, noon),
          ...shared.note('guest', `a${String(n)}`, undefined, noon),
        ]);
        return told.length <= 1;
      }),
      { numRuns: 1 },
    );
    expect(shared.note('guest', 'after', undefined, noon)).toEqual([]);
  });
});
