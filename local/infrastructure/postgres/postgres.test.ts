import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { postgresServer } from './postgres.ts';

test('data whose password is gone is left alone, and the error says what to do', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hito-postgres-'));
  const data = join(dir, 'postgres');
  mkdirSync(join(data, 'data'), { recursive: true });
  writeFileSync(join(data, 'data', 'made'), '');
  await expect(postgresServer({ dir, data, port: 1 })).rejects.toThrow(`or delete ${data} to begin anew`);
  rmSync(dir, { recursive: true });
});
