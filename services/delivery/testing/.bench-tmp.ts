import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { applyEffects } from '/work/main/services/delivery/mails/apply.ts';
import { MisbehavingSmtp } from '/work/main/services/delivery/testing/misbehaving-smtp.ts';
import { startPostgres } from '/work/main/services/delivery/testing/postgres.ts';
import { runSender, senderOptions } from '/work/main/services/delivery/testing/sender.ts';
import { TestSession, testTables } from '/work/main/services/delivery/testing/session.ts';
const postgres = await startPostgres();
const pool = new pg.Pool({ connectionString: postgres.url, max: 20 });
await pool.query(testTables);
const smtp = await MisbehavingSmtp.start();
const N = 2400; const pmPids = new Set((await pool.query(`select pg_backend_pid() as p`)).rows.map((r) => readFileSync(`/proc/${r.p}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] ?? '')); pool.on('error', () => undefined);
for (let p = 0; p < 12; p++) {
  const mails = Array.from({ length: N / 12 }, () => { const id = randomUUID(); return { kind: 'mail' as const, id, personId: randomUUID(), play: 'welcome', category: 'milestone', template: 'welcome', variables: { orders: 3 }, locale: 'es', zone: 'Europe/Madrid', email: `${id}@example.test`, name: undefined, replayed: false, notAfter: Date.now() + 3600000, decidedAt: Date.now(), suppressed: undefined }; });
  await applyEffects({ query: (t, v) => pool.query(t, [...(v ?? [])]) as never }, p, mails);
}
const options = senderOptions({ smtp: smtp.url, limit: Number(process.env.L ?? 4) });
const counts = new Map<string, [number, number]>(); const orig = pg.Client.prototype.query as never as (...a: unknown[]) => Promise<unknown>;
(pg.Client.prototype as never as Record<string, unknown>)['query'] = function (this: unknown, ...a: unknown[]) { const text = typeof a[0] === 'string' ? a[0] : String((a[0] as { text?: string })?.text); const k = text.trim().slice(0, 60).replace(/\s+/g, ' '); const t = performance.now(); const r = orig.apply(this, a); const done = () => { const c = counts.get(k) ?? [0, 0]; counts.set(k, [c[0] + 1, c[1] + performance.now() - t]); }; if (r && typeof (r as Promise<unknown>).then === 'function') (r as Promise<unknown>).then(done, done); else done(); return r; };
const cpu = process.cpuUsage(); const from = performance.now();
const runs: { s: TestSession; d: Promise<void> }[] = [];
for (let p = 0; p < 12; p++) { const s = await TestSession.take(pool, p); runs.push({ s, d: runSender(s, options) }); }
while (smtp.taken.length < N && performance.now() - from < 120000) await new Promise((r) => setTimeout(r, 20));
const ms = performance.now() - from; const used = process.cpuUsage(cpu);
console.log(`${Math.round(N * 1000 / ms)}/s; node cpu ${((used.user + used.system) / 1000 / N).toFixed(2)} ms/mail (smtp server included); taken ${smtp.taken.length}`);
for (const [k, [n, ms]] of [...counts].sort((a, b) => b[1][1] - a[1][1])) console.log(n, (ms / n).toFixed(2) + 'ms', k);
const ticks = readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map((d) => { try { return readFileSync(`/proc/${d}/stat`, 'utf8'); } catch { return ''; } }).filter((t) => t.includes('(postgres)')).map((t) => t.slice(t.lastIndexOf(')') + 2).split(' ')).filter((f) => pmPids.has(f[1] ?? '')).reduce((a, f) => a + Number(f[11]) + Number(f[12]), 0);
console.log('postgres cpu ms/mail', (ticks * 10 / N).toFixed(2));
const st = await pool.query("select calls, query from pg_stat_statements limit 1").catch(() => undefined); void st;
for (const { s } of runs) s.abort();
await Promise.all(runs.map(({ d }) => d));
await pool.end(); await smtp.stop(); await postgres.stop(); 
