import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { records } from '../process/records.ts';
import { readFlags } from './flags.ts';
import { Launcher } from './launcher.ts';
import { Memory } from './memory.ts';

test('a launcher refuses a template that cannot be used before it looks for servers or makes a key', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hito-launcher-'));
  cpSync(join('examples', 'shop'), join(dir, 'shop'), { recursive: true });
  const playbook = join(dir, 'shop', 'playbook.yaml');
  appendFileSync(join(dir, 'shop', 'templates', 'anniversary.es.mjml.liquid'), '{% if %}');
  const lines: string[] = [];
  const launcher = new Launcher({
    dir,
    flags: readFlags(['--no-replay', '--playbook', playbook], Date.now()),
    memory: new Memory(dir),
    // Without an engine: a launcher that goes on is stopped here.
    env: { HITO_INFRASTRUCTURE: 'docker', DOCKER_HOST: 'tcp://127.0.0.1:1', PATH: process.env['PATH'] },
    display: { line: (text) => lines.push(text), progress: () => undefined },
    signal: new AbortController().signal,
  });
  try {
    await expect(launcher.run()).rejects.toThrow(/The templates cannot be used:\n.*anniversary\.es\.mjml/);
    expect(lines).toEqual([]);
    expect(records(dir)).toEqual([]);
    expect(existsSync(join(dir, 'keys'))).toBe(false);
    expect(new Memory(dir).now.playbook).toBeUndefined();
  } finally {
    await launcher.stop();
    rmSync(dir, { recursive: true, force: true });
  }
});
