/**
 * What a mail costs: the sender in a process, a real Postgres, the development inbox in a process. Prints mails/s and the CPU of each per
 * mail. node --conditions=source --import=./bench/sender/typescript.mjs bench/sender/main.ts [mails] [connections]
 * [trickle: mails a second, 0 = all at once]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { NewMail } from '../../services/delivery/domain/effect.ts';
import { applyEffects } from '../../services/delivery/mails/apply.ts';
import { hashOf } from '../../services/delivery/mails/hash-of.ts';
import { startPostgres } from '../../services/delivery/testing/postgres.ts';
import { testTables } from '../../services/delivery/testing/session.ts';

const [total = 3_000, connections = 8, trickle = 0] = process.argv.slice(2).map(Number);
const partitions = 12;
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const aggregates = {
  count: 3,
  sum_minor: 12_345,
  currency: 'USD',
  first_at: '1997-01-01T02:00:00.000Z',
  last_at: '1998-01-02T12:00:00.000Z',
  local_date: '1998-01-01',
};
const variables: Record<string, Record<string, unknown>> = {
  welcome: {
    kind: 'count',
    milestone: 'orders-1',
    occurrence: '1',
    value: 1,
    threshold: 1,
    aggregates: { ...aggregates, count: 1 },
  },
  count: { kind: 'count', milestone: 'orders-3', occurrence: '1', value: 3, threshold: 3, aggregates },
  spend: { kind: 'sum', milestone: 'spend-100', occurrence: '1', value: 12_345, threshold: 10_000, aggregates },
  anniversary: {
    kind: 'anniversary',
    milestone: 'first-purchase-anniversary',
    occurrence: '1',
    value: 1,
    threshold: 1,
    aggregates,
  },
  'win-back': { stage: 'lapsed', from: 'active', since: '1997-10-01T12:00:00.000Z', quiet_ms: 7_776_000_000 },
};
const templates = Object.keys(variables);

const newMail = (i: number): NewMail => {
  const template = templates[i % templates.length] ?? 'welcome';
  return {
    kind: 'mail',
    id: randomUUID(),
    personId: randomUUID(),
    play: template,
    category: 'milestone',
    legal: false,
    consent: 'opt_out',
    template,
    variables: variables[template] ?? {},
    locale: i % 2 === 0 ? 'es' : 'en',
    zone: 'Europe/Madrid',
    email: `customer-${String(i)}@cdnow.example`,
    name: undefined,
    replayed: true,
    notAfter: Date.parse('1998-01-08T10:00:00Z'),
    decidedAt: Date.parse('1998-01-01T10:00:00Z'),
    suppressed: undefined,
    candidate: {
      id: randomUUID(),
      play: template,
      category: 'milestone',
      legal: false,
      consent: 'opt_out',
      behaviour: true,
      priority: 1,
      occurred_at: '1998-01-01T10:00:00.000Z',
      not_after: '1998-01-08T10:00:00.000Z',
      cause: { id: randomUUID() },
      trigger: { topic: 'milestones.v1', name: template },
    },
    day: { zone: 'Europe/Madrid', date: '1998-01-01', offsetMs: 3_600_000, dailyCap: 1, monthlyCap: 2 },
  };
};

/** CPU of a process in ms; with `children`, of its children too, those that have ended included. */
function cpuOf(pid: number, children = false): number {
  const stat = (id: number | string): string[] =>
    readFileSync(`/proc/${String(id)}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
  const own = stat(pid);
  const ticks = Number(own[11]) + Number(own[12]);
  if (!children) return ticks * 10;
  const living = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        return stat(name);
      } catch {
        return [];
      }
    });
  const theirs = living.filter(([, parent]) => parent === String(pid)).reduce((sum, s) => sum + Number(s[11]) + Number(s[12]), 0);
  return (ticks + Number(own[13]) + Number(own[14]) + theirs) * 10;
}

const node = (file: string, args: readonly string[], env: NodeJS.ProcessEnv, options: readonly string[] = []): ChildProcess =>
  spawn(process.execPath, ['--conditions=source', `--import=${path('typescript.mjs')}`, ...options, path(file), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });

const dir = mkdtempSync(join(tmpdir(), 'hito-bench-'));
const postgres = await startPostgres();
const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
pool.on('error', () => undefined);
await pool.query(testTables);
await pool.query(`update task set clock = 'driven'`);
const {
  rows: [postmaster],
} = await pool.query<{ pid: number }>(`select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`);
const inbox = node('../../apps/inbox/main.ts', [], { HITO_INBOX_DIR: dir });
const [line] = (await once(createInterface(inbox.stdout as NodeJS.ReadableStream), 'line')) as [string];
const { smtp } = JSON.parse(line) as { smtp: string };

const hash = hashOf({ HITO_SIGNING_KEY: 'a key for measuring, long enough to be one' });
const sql = { query: (text: string, values?: readonly unknown[]) => pool.query(text, [...(values ?? [])]) };
const ask = async (from: number, to: number): Promise<void> => {
  const mails = Array.from({ length: to - from }, (_, i) => newMail(from + i));
  for (let p = 0; p < partitions; p++) {
    const theirs = mails.filter((_, i) => (from + i) % partitions === p);
    if (theirs.length > 0) await applyEffects(sql, p, theirs, hash);
  }
};
if (trickle === 0) await ask(0, total);
const prof = process.env['PROF'];
const child = node(
  'sender-process.ts',
  [postgres.url, smtp, String(partitions), String(connections)],
  {},
  prof ? ['--cpu-prof', `--cpu-prof-dir=${prof}`] : [],
);
child.once('exit', (code) => {
  if (code !== 0) process.exit(1);
});
const accepted = async (): Promise<number> =>
  Number(
    (await pool.query<{ n: string | null }>(`select sum(count) as n from tally where name = 'mails.accepted'`)).rows[0]?.n ?? 0,
  );
// What the first ones cost is compilation.
const warm = total / 3;
while ((await accepted()) < warm && trickle === 0) await sleep(100);
if (trickle > 0) await sleep(2_500);
const at = {
  cpu: [cpuOf(child.pid ?? 0), cpuOf(postmaster?.pid ?? 0, true), cpuOf(inbox.pid ?? 0)],
  mails: await accepted(),
  time: performance.now(),
};
if (trickle > 0) {
  for (let sent = 0; sent < total; sent += Math.ceil(trickle / 10)) {
    await ask(sent, Math.min(total, sent + Math.ceil(trickle / 10)));
    await sleep(Math.max(0, at.time + ((sent + trickle / 10) / trickle) * 1000 - performance.now()));
  }
}
while ((await accepted()) < total) await sleep(100);
const mails = total - at.mails;
const seconds = (performance.now() - at.time) / 1000;
const [sender = 0, database = 0, box = 0] = [cpuOf(child.pid ?? 0), cpuOf(postmaster?.pid ?? 0, true), cpuOf(inbox.pid ?? 0)].map(
  (cpu, i) => (cpu - (at.cpu[i] ?? 0)) / mails,
);
console.log(
  JSON.stringify({
    mails,
    per_second: Math.round(mails / seconds),
    sender_ms: +sender.toFixed(2),
    postgres_ms: +database.toFixed(2),
    inbox_ms: +box.toFixed(2),
    load: loadavg().map((l) => +l.toFixed(1)),
    commits: Number(
      (await pool.query<{ n: string }>('select xact_commit as n from pg_stat_database where datname = current_database()'))
        .rows[0]?.n,
    ),
    inbox_mails: readFileSync(join(dir, 'index.jsonl'), 'utf8').split('\n').length - 1,
  }),
);
child.kill('SIGTERM');
await once(child, 'exit');
inbox.kill('SIGTERM');
await once(inbox, 'exit');
await pool.end();
await postgres.stop();
rmSync(dir, { recursive: true, force: true });
