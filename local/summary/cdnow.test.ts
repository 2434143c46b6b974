import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { expectation } from './oracle/expect.ts';
import { summaryOf } from './summary.ts';
import { evidenceOf } from './testing/made-up.ts';
import { verify } from './verify/verify.ts';

const history = readFileSync('examples/cdnow/cdnow_sample.txt', 'utf8');
const playbook = readFileSync('examples/shop/playbook.yaml', 'utf8');
/** The day of the counted run: how many mails are sent hangs on where months begin. */
const until = '2026-11-21';
const expected = expectation(history, playbook, until);

/** Counted for the project's first issue, by another program. */
const milestones = {
  'orders-1': 2357,
  'orders-3': 746,
  'orders-5': 388,
  'orders-10': 111,
  'orders-25': 13,
  'orders-50': 1,
  'spend-100': 615,
  'spend-250': 224,
  'spend-500': 76,
  'spend-1000': 20,
  'first-purchase-anniversary': 2357,
};

const tenTimes = (): string => {
  const lines = history
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
  return [
    'customer,date,quantity,dollars',
    ...Array.from({ length: 10 }, (_, n) => lines.map(([id = '', , ...rest]) => [`${String(n)}${id}`, ...rest].join(','))).flat(),
  ].join('\n');
};

describe("CDNOW's eighteen months", () => {
  test('give the milestones and stages that were counted before', () => {
    const made = summaryOf(evidenceOf(expected, playbook), 0);
    expect(expected.orders).toBe(6919);
    expect(expected.people).toHaveLength(2357);
    expect(made.milestones).toEqual(milestones);
    expect(made.stage_transitions).toEqual({ 'prospect→active': 2357, 'active→lapsed': 3143, 'lapsed→active': 1085 });
    expect(made.stages).toEqual({ active: 299, lapsed: 2058 });
  });

  test('make 10,051 candidates; the model of the rules sends 9,983 of them, and all of it is accounted for', () => {
    const evidence = evidenceOf(expected, playbook);
    const summary = summaryOf(evidence, 0);
    expect(summary.decisions).toMatchObject({ candidates: 10_051, sent: 9_983 });
    expect(summary.mails).toMatchObject({ accepted: 9_983, in_inbox: 9_983, pending: 0 });
    expect(verify(summary, expected, evidence)).toEqual([]);
  });

  test('ten times as many rows, in the other format, are counted too', () => {
    const ten = expectation(tenTimes(), playbook, until);
    expect(ten.orders).toBe(69_190);
    expect(ten.people).toHaveLength(23_570);
    expect(ten.people.flatMap(({ candidates }) => candidates)).toHaveLength(100_510);
  });
});
