import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '..');
const hito = (...args: string[]) =>
  spawnSync(process.execPath, ['--conditions=source', join(root, 'cli/main.ts'), ...args], { encoding: 'utf8', cwd: root });

describe('hito', () => {
  test('--help names the commands and loads none of them', () => {
    const { status, stdout } = hito('--help');
    expect(status).toBe(0);
    for (const command of ['playbook', 'read', 'why', 'status', 'database', 'topics', 'clock', 'task'])
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  }, 30_000);

  test('playbook validate sums a good one up', () => {
    const { status, stdout } = hito('playbook', 'validate', 'examples/shop/playbook.yaml');
    expect(status).toBe(0);
    expect(stdout).toMatch(/is a valid playbook, version [0-9a-f]{12}/);
    expect(stdout).toContain('orders-10');
  }, 30_000);

  test('playbook validate names file and line of what is wrong, and ends with 1', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hito-playbook-')), 'bad.yaml');
    writeFileSync(file, 'name: x\nnonsense: 1\n');
    const { status, stdout, stderr } = hito('playbook', 'validate', file);
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(`${file}:2: nonsense`);
    expect(stderr).not.toContain('    at ');
  }, 30_000);

  test('a missing argument is told, with what to give', () => {
    const { status, stderr } = hito('task', 'resume');
    expect(status).toBe(1);
    expect(stderr).toContain("missing required argument 'processor'");
  }, 30_000);
});
