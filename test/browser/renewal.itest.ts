import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { portsOf } from '../../local/process/ports.ts';
import { statusServer } from '../../local/status/server.ts';
import { Supervisor } from '../../local/supervisor/supervisor.ts';
import { browserHere, launch, saidWithout } from './chromium.ts';

const executable = browserHere() ?? saidWithout();

(executable === undefined ? test.skip : test)(
  'the status page shows what is new, and says so when nobody answers it any more',
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hito-status-'));
    const source = { supervisor: new Supervisor(dir), phase: 'Starting', instances: [], inbox: 'http://127.0.0.1:1' };
    const server = await statusServer(dir, await portsOf(dir, {}).take('status'), source);
    const browser = await launch(executable ?? '');
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.getByRole('link', { name: 'Development inbox' }).focus();
      source.phase = 'Replaying';
      await page.getByText('Replaying').waitFor();
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Development inbox');
      await server.stop();
      await page.getByText('This page gets no answer').waitFor();
    } finally {
      await browser.close();
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
