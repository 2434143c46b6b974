import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { services } from '#contracts';
import { root } from '../../local/root.ts';

test('Makes random secrets once and keeps those that are there', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hito-keys-'));
  const make = (): string =>
    execFileSync(process.execPath, [join(root, 'dist/apps/cli/main.js'), 'keys', 'make', folder, '--database', 'db:5432/hito'], {
      encoding: 'utf8',
    });
  const contents = (): Record<string, string> =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  try {
    const printed = make();
    const first = contents();
    expect(Object.keys(first)).toEqual(expect.arrayContaining(services.map((service) => `database-url-${service}`)));
    expect(first['database-url-scoring']).toMatch(/^postgres:\/\/hito_scoring:[\w-]{32}@db:5432\/hito$/);
    expect(first['database-url']).toBe(`postgres://postgres:${String(first['postgres-password'])}@db:5432/hito`);
    expect(printed).toContain(String(first['write-keys']).replace('compose:', ''));
    expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
    const readable = Object.keys(first).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0);
    expect(readable.sort()).toEqual(['grafana-password', 'postgres-password']);
    make();
    expect(contents()).toEqual(first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
