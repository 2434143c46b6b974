import { expect, test } from '@jest/globals';
import { ByDomain } from './by-domain.ts';

const counted = (emails: readonly string[]): Readonly<Record<string, number>> => {
  const byDomain = new ByDomain();
  for (const email of emails) byDomain.count(email, 'accepted');
  return byDomain.readings;
};

test('a domain is named from its twentieth attempt on, whatever its case', () => {
  expect(counted(Array.from({ length: 25 }, (_, i) => `p${String(i)}@${i % 2 === 0 ? 'ONE' : 'one'}.example`))).toEqual({
    'domain.accepted/other': 19,
    'domain.accepted/one.example': 6,
  });
});

test('a domain of a few people is never named', () => {
  expect(counted(Array.from({ length: 19 }, () => 'ada@lovelace.example'))).toEqual({ 'domain.accepted/other': 19 });
});

test('any number of domains makes 21 series at most, and loses no attempt', () => {
  const emails = Array.from({ length: 20 }, () => Array.from({ length: 500 }, (_, i) => `x@d${String(i)}.example`)).flat();
  const found = counted(emails);
  expect(Object.keys(found)).toHaveLength(21);
  expect(Object.values(found).reduce((sum, count) => sum + count, 0)).toBe(10_000);
});

test('results of a domain are counted apart', () => {
  const byDomain = new ByDomain();
  byDomain.count('x@one.example', 'accepted');
  byDomain.count('x@one.example', 'bounced');
  expect(byDomain.readings).toEqual({ 'domain.accepted/other': 1, 'domain.bounced/other': 1 });
});
