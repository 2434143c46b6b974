import { expect, test } from '@jest/globals';
import type { Summary } from './summary.ts';
import { summaryTable } from './table.ts';

const summary: Summary = {
  events: { collected: 12_345, accepted: 12_340, duplicates: 3, dead_letters: 2 },
  persons: 2357,
  milestones: { 'orders-1': 2357, 'orders-10': 11, [`a-${'very-'.repeat(12)}long-one`]: 1 },
  stages: { active: 299, lapsed: 2058 },
  stage_transitions: { 'active→lapsed': 3143, 'prospect→active': 2357 },
  decisions: { candidates: 100, sent: 90, deferred_open: 1, dropped: { expired: 9 } },
  mails: {
    accepted: 90,
    bounced: 0,
    suppressed: 0,
    expired: 0,
    failed: 0,
    in_doubt: 4,
    pending: 0,
    in_inbox: 93,
    distinct_message_ids: 93,
  },
  virtual_from: '2025-05-25T00:00:00.000Z',
  virtual_to: '2026-11-22T00:00:00.000Z',
  wall_ms: 83_240,
};

test('the table shows every number and fits into 100 columns', () => {
  const table = summaryTable(summary);
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  for (const shown of [
    '12,345',
    '12,340',
    'duplicates',
    'dead letters',
    '2,357',
    'orders-10',
    'lapsed',
    '3,143',
    'dropped: expired',
    'in doubt',
    '93',
    '83.2 s',
    '2026-11-22',
  ])
    expect(table).toContain(shown);
});
