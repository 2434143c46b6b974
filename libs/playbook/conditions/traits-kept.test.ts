import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { traitsRead } from './condition.ts';
import { traitsKept, traitsLimit } from './traits-kept.ts';

test('traitsRead names the traits that a condition looks at', () => {
  expect(traitsRead('traits.a == 1 && traits["b c"].d in traits.list && has(traits.e) && properties.f > 1')).toEqual(
    new Set(['a', 'b c', 'list', 'e']),
  );
  expect(traitsRead('traits[?"a"].orValue(1) == 1')).toEqual(new Set(['a']));
  expect(traitsRead('size(traits) > 1')).toBe('all');
  expect(traitsRead('properties.a > 1')).toEqual(new Set());
});

describe('traitsKept', () => {
  test('keeps the traits that conditions name, and no inherited one', () => {
    const keep = traitsKept(['traits.plan == "pro"', undefined, 'has(traits.toString) || traits.age > 3']);
    expect(keep({ plan: 'pro', age: 4, other: 1 })).toEqual({ age: 4, plan: 'pro' });
    expect(traitsKept([])({ plan: 'pro' })).toEqual({});
  });

  test('leaves out what does not fit, and keeps what does', () => {
    const keep = traitsKept(['traits.long == "a" || traits.plan == "pro"']);
    expect(keep({ long: 'x'.repeat(10_000), plan: 'pro' })).toEqual({ plan: 'pro' });
  });

  test('keeps no more than its limit of any traits, whatever the conditions look at', () => {
    const keep = traitsKept(['size(traits) > 1']);
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 3_000 }), { maxKeys: 40 }),
        (traits) => {
          expect(Buffer.byteLength(JSON.stringify(keep(traits)))).toBeLessThanOrEqual(traitsLimit + 2);
        },
      ),
    );
  });
});
