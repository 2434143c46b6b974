import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { OtherReplay, readCheckpoint, writeCheckpoint } from './checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'hito-checkpoint-'));
const file = join(folder, 'replay.json');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('is zero at first, then what was written; another file or date is refused; a cut one is zero again', () => {
  expect(readCheckpoint(file, 'h', '2026-10-31')).toEqual({ history: 'h', until: '2026-10-31', position: 0, done: false });
  writeCheckpoint(file, { history: 'h', until: '2026-10-31', position: 7, done: false });
  expect(readCheckpoint(file, 'h', '2026-10-31').position).toBe(7);
  expect(readdirSync(folder)).toEqual(['replay.json']);
  expect(() => readCheckpoint(file, 'other', '2026-10-31')).toThrow(OtherReplay);
  expect(() => readCheckpoint(file, 'h', '2026-11-01')).toThrow(/ends on 2026-10-31, not on 2026-11-01/);
  writeFileSync(file, '{"history":"h"');
  expect(readCheckpoint(file, 'h', '2026-10-31').position).toBe(0);
});
