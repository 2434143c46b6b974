import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../local/root.ts';
import { expectation } from '../../local/summary/oracle/expect.ts';
import { writePartOfHistory } from '../kill/history.ts';
import { decisionsInMemory, type Run } from './in-memory.ts';

/** All six services in memory over a part of the shop's history. */

const playbook = join(root, 'examples', 'shop', 'playbook.yaml');
const until = '2026-01-31';
const day = 86_400_000;
let dir: string;
let history: string;
let undisturbed: string[];
const decisions = (how: Partial<Run> = {}): Promise<string[]> => decisionsInMemory({ history, until, playbook, ...how });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hito-shop-'));
  history = join(dir, 'history.txt');
  writePartOfHistory(history, { nth: 40 });
  undisturbed = await decisions();
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('every candidate that the orders call for ends or is put off', () => {
  const expected = expectation(readFileSync(history, 'utf8'), readFileSync(playbook, 'utf8'), until);
  const ended = undisturbed.filter((line) => !line.includes(': deferred ('));
  const candidates = expected.people.reduce((sum, person) => sum + person.candidates.length, 0);
  expect(candidates).toBeGreaterThan(200);
  expect(ended.length).toBeLessThanOrEqual(candidates);
  expect(ended.length).toBeGreaterThan(candidates - 5);
});

test.each<[what: string, how: Partial<Run>]>([
  ['ticks of a second', { tickMs: 1_000 }],
  ['ticks of five days', { tickMs: 5 * day }],
  ['batches of three', { tuning: { batch: 3, wakesDriven: 2 } }],
  ['fetches of one to seven records', { portion: uneven() }],
  ['one partition', { partitions: 1 }],
  ['five partitions, fetched by fours', { partitions: 5, portion: () => 4 }],
])('the decisions are the same, id for id, with %s', async (_what, how) => {
  expect(await decisions(how)).toEqual(undisturbed);
});

function uneven(): () => number {
  let n = 0;
  return () => 1 + (n++ % 7);
}
