import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { forget, records, remember, type ProcessRecord } from './records.ts';

let dir: string;
const record: ProcessRecord = { name: 'inbox', rank: 'inbox', pid: 12, started: '34' };

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hito-records-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('a record that is taken away while it is looked for is no record', () => {
  remember(dir, record);
  // Listed, and not there when it is read.
  symlinkSync(join(dir, 'nowhere'), join(dir, 'run', 'replay.json'));
  expect(records(dir)).toEqual([record]);
  forget(dir, 'replay', record);
});

test('a process takes away its own record only', () => {
  remember(dir, record);
  forget(dir, 'inbox', { ...record, pid: 13 });
  expect(records(dir)).toEqual([record]);
  forget(dir, 'inbox', record);
  expect(records(dir)).toEqual([]);
});
