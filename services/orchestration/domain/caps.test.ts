import { expect, test } from '@jest/globals';
import { calendar } from './calendar.ts';
import { countSent, rememberSent, type SentMail } from './caps.ts';

const ms = (instant: string): number => Date.parse(instant);
const dayOf = calendar({ from: '09:00', to: '20:00' });
const mail = (zone: string, at: string, behaviour = true): SentMail => ({
  at: ms(at),
  date: dayOf(zone, ms(at)).date,
  behaviour,
});
const count = (sent: readonly SentMail[], zone: string, at: string): unknown =>
  Object.values(countSent(sent, dayOf(zone, ms(at))));

test.each([
  ['the same date', 'Europe/Madrid', '2026-06-02T08:00:00Z', 'Europe/Madrid', '2026-06-02T17:00:00Z', [1, 1]],
  ['the next date', 'Europe/Madrid', '2026-06-02T08:00:00Z', 'Europe/Madrid', '2026-06-02T22:00:00Z', [0, 1]],
  ['the next month', 'Europe/Madrid', '2026-06-30T08:00:00Z', 'Europe/Madrid', '2026-06-30T22:00:00Z', [0, 0]],
  ['the same month of another year', 'Europe/Madrid', '2025-06-02T08:00:00Z', 'Europe/Madrid', '2026-06-02T08:00:00Z', [0, 0]],
  [
    'westward: told there as the same date',
    'Pacific/Auckland',
    '2026-06-02T20:00:00Z',
    'America/Los_Angeles',
    '2026-06-02T21:00:00Z',
    [1, 1],
  ],
  [
    'westward: the date it had where it was sent',
    'Pacific/Auckland',
    '2026-06-02T06:00:00Z',
    'America/Los_Angeles',
    '2026-06-02T17:00:00Z',
    [1, 1],
  ],
  [
    'westward into the last month: told there as that month',
    'Pacific/Auckland',
    '2026-06-30T21:00:00Z',
    'America/Los_Angeles',
    '2026-06-30T22:00:00Z',
    [1, 1],
  ],
  [
    'westward, the month it had where it was sent',
    'Pacific/Auckland',
    '2026-06-30T21:00:00Z',
    'America/Los_Angeles',
    '2026-07-05T17:00:00Z',
    [0, 1],
  ],
  [
    'eastward into the next month: told there as the new one',
    'America/Los_Angeles',
    '2026-06-30T18:00:00Z',
    'Pacific/Auckland',
    '2026-07-02T22:00:00Z',
    [0, 1],
  ],
])('%s', (_, sentIn, sentAt, zone, at, expected) => {
  expect(count([mail(sentIn, sentAt)], zone, at)).toEqual(expected);
});

test('only behaviour counts in the month', () => {
  expect(count([mail('UTC', '2026-06-02T08:00:00Z', false)], 'UTC', '2026-06-02T09:00:00Z')).toEqual([1, 0]);
});

test('a mail is kept while a cap may count it, and not much longer', () => {
  const keptUntil = (behaviour: boolean, at: string): boolean =>
    rememberSent([mail('UTC', '2026-06-01T09:00:00Z', behaviour)], mail('UTC', at)).length === 2;
  expect([keptUntil(false, '2026-06-03T09:00:00Z'), keptUntil(false, '2026-06-05T09:00:00Z')]).toEqual([true, false]);
  expect([keptUntil(true, '2026-07-02T09:00:00Z'), keptUntil(true, '2026-07-07T09:00:00Z')]).toEqual([true, false]);
});
