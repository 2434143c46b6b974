import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPatch } from './build.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hito-patch-'));
  mkdirSync(join(dir, 'dist'));
  writeFileSync(join(dir, 'dist', 'a.js'), 'if (mine && mine) go();');
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

test('a patch replaces what stands once', () => {
  applyPatch(dir, { file: 'a.js', find: 'go()', replace: 'stay()' });
  expect(readFileSync(join(dir, 'dist', 'a.js'), 'utf8')).toBe('if (mine && mine) stay();');
});

test.each([
  ['mine', 2],
  ['fence', 0],
])('%s stands %i times: the patch is refused', (find, times) => {
  expect(() => {
    applyPatch(dir, { file: 'a.js', find, replace: 'true' });
  }).toThrow(`stands ${String(times)} times`);
});
