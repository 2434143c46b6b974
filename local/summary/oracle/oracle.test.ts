import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { expectation } from './expect.ts';
import { readRows } from './history.ts';
import { firstMoment, localTime, yearsLater } from './local-time.ts';
import { readRules } from './playbook.ts';

const playbook = readFileSync('examples/shop/playbook.yaml', 'utf8');
const rows = [
  { customer: '007', day: 19_782, quantity: 2, cents: 2933 },
  { customer: '12', day: 19_783, quantity: 1, cents: 0 },
];

test.each([
  ['5 columns', ' 007 0001 20240229  2   29.33\n12 0002 20240301 1 0.00\n'],
  ['4 columns', '007 20240229 2 29.33\n12 20240301 1 0\n'],
  ['commas and a header', 'id,when,n,usd\n"007",2024-02-29,2,29.33\r\n12,2024-03-01,1,0.0\r\n'],
  ['any order', '12 20240301 1 0.00\n007 20240229 2 29.33'],
])('a history of %s', (_, text) => {
  expect(readRows(text)).toEqual(rows);
});

test('a line that cannot be counted is named', () => {
  expect(() => readRows('1 20240101 1 9.99\n1 20240102 one 9.99')).toThrow('line 2');
});

describe('local time', () => {
  test.each([
    ['Europe/Madrid', '2026-03-29', '2026-03-28T23:00:00Z'],
    ['Pacific/Auckland', '2026-01-01', '2025-12-31T11:00:00Z'],
    ['America/Bogota', '2026-07-01', '2026-07-01T05:00:00Z'],
    ['America/Los_Angeles', '2026-07-01', '2026-07-01T07:00:00Z'],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00Z'], // 00:00 is skipped: the day begins at 01:00
  ])('in %s %s begins at %s', (zone, date, instant) => {
    expect(new Date(firstMoment(zone, date)).toISOString()).toBe(new Date(instant).toISOString());
  });

  test('minutes are told between the quarters too', () => {
    expect(localTime('Pacific/Auckland', Date.parse('2026-01-01T22:37:59Z'))).toEqual({
      date: '2026-01-02',
      minute: 11 * 60 + 37,
    });
  });

  test('the 29th of February has its day on the 28th', () => {
    expect([1, 4, 76].map((years) => yearsLater('2024-02-29', years))).toEqual(['2025-02-28', '2028-02-29', '2100-02-28']);
  });
});

test('an order at the instant of the lapse prevents it, one a day later does not', () => {
  const days = (n: number): string => new Date(Date.UTC(2025, 0, 1 + n)).toISOString().slice(0, 10).replaceAll('-', '');
  const movesAfter = (n: number) =>
    expectation(`5 ${days(0)} 1 1\n5 ${days(n)} 1 1`, playbook, '2026-01-31').people[0]?.moves.map(({ to }) => to);
  expect(movesAfter(90)).toEqual(['active']);
  expect(movesAfter(91)).toEqual(['active', 'lapsed', 'active']);
});

test('what hangs on conditions, scores or other events is not pretended to be known', () => {
  const other = `
sending: { window: { from: '08:30', to: '20:00' } }
stages:
  initial: new
  transitions: [{ id: hot, to: keen, band: hot }]
milestones:
  - { id: big, kind: count, of: { event: Order Completed, where: properties.revenue > 5 }, threshold: 1 }
  - { id: views, kind: count, of: { event: Product Viewed }, threshold: 3 }
  - { id: streak, kind: streak, of: { event: Order Completed } }
  - { id: second, kind: count, of: { event: Order Completed }, threshold: 2 }
categories: [{ id: transactional, legal: true }, { id: milestone, consent: opt_out }, { id: lifecycle, consent: opt_out }]
plays:
  - { id: a, on: { milestone: [big, second] }, category: milestone, not_after: 2d }
  - { id: b, on: { milestone: second }, category: milestone, not_after: 90m }
  - { id: c, on: { stage: keen }, category: lifecycle, not_after: 2d }
  - { id: d, on: { event: Order Completed }, category: transactional, not_after: 1h }`;
  const rules = readRules(other);
  expect(rules.unchecked).toEqual(['milestone big', 'milestone streak', 'stages', 'play a', 'play c']);
  expect(rules.window).toEqual({ from: 510, to: 1200 });
  const [person] = expectation('5 20250101 1 1\n5 20250102 1 1', other, '2026-01-31').people;
  expect(person?.milestones.map(({ milestone }) => milestone)).toEqual(['second']);
  expect(person?.candidates.map(({ play }) => play)).toEqual(['b', 'd', 'd']);
});

test('it imports nothing of what it judges', () => {
  const folder = 'local/summary/oracle';
  const imported = readdirSync(folder)
    .filter((file) => !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/from '([^']+)'/g)].map(([, name = '']) => name));
  expect(imported.filter((name) => !/^\.\/[\w-]+\.ts$|^yaml$|^zod$/.test(name))).toEqual([]);
  expect(imported.length).toBeGreaterThan(5);
});
