import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { yesterday } from '../local/launcher/flags.ts';
import { root } from '../local/root.ts';
import type { Summary } from '../local/summary/summary.ts';
import { readings, type Reading } from './cpu.ts';
import type { Replay } from './figures.ts';
import { localStart, pidsOf } from './platform.ts';

const shop = join(root, 'examples', 'cdnow', 'cdnow_sample.txt');

/** The same orders by so many times as many customers, in the other format that a history may have: a header, five columns, commas. */
function multiplied(text: string, times: number): string {
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ','));
  const copies = Array.from({ length: times }, (_, n) => rows.map((row) => `${String(n)}${row}`));
  return ['customer,sample_id,date,quantity,dollars', ...copies.flat()].join('\n');
}

/** How often the CPU of the processes is read: what one uses after the last reading is not counted. */
const readingMs = 2_000;

/**
 * (e): a whole start with its replay, in a folder of its own: what its summary says, and the CPU of each process. `times`: how many times
 * the shop's file.
 */
export async function historyReplay(times: number, say: (line: string) => void): Promise<Replay> {
  const folder = mkdtempSync(join(tmpdir(), 'hito-history-'));
  const history = join(folder, 'history.txt');
  writeFileSync(history, times === 1 ? readFileSync(shop) : `${multiplied(readFileSync(shop, 'utf8'), times)}\n`);
  const start = localStart('--once', '--until', yesterday(Date.now()), '--history', history);
  try {
    let code: number | null | undefined;
    void start.ended.then((ended) => (code = ended));
    const used = new Map<string, Reading>();
    for (let told = performance.now(); code === undefined; await sleep(readingMs)) {
      for (const [name, reading] of readings(pidsOf(start))) if (reading.cpuMs > 0) used.set(name, reading);
      if (performance.now() - told < 10_000) continue;
      told = performance.now();
      say(`  ${start.lastLine()}`);
    }
    const file = join(start.dir, 'summary.json');
    if (!existsSync(file)) throw new Error(`The replay ended with ${String(code)} and without a summary:\n${start.lastLine()}`);
    const summary = JSON.parse(readFileSync(file, 'utf8')) as Summary;
    return {
      history: times === 1 ? 'the shop’s file' : `${String(times)} × the shop’s file`,
      events: summary.events.accepted,
      mails: summary.mails.accepted,
      ms: summary.wall_ms,
      accounted: code === 0,
      shares: [...used].map(([process, reading]) => ({ process, ...reading })),
    };
  } finally {
    await start.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
