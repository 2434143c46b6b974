import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { events, messages, outcomes, profiles, stages, type Contract } from '#contracts';
import { cellsOf, columnsOf } from '#reference';
import { parquet } from '../../apps/cli/export/parquet.ts';
import { kpis, models, type Row } from './kpis.ts';

let folder: string;
let found: ReadonlyMap<string, readonly Row[]>;

/** Writes records as `hito export` does, into a file of that topic. */
function exported(contract: Contract, file: string, records: readonly Row[]): void {
  const columns = columnsOf(contract);
  const parts: Uint8Array[] = [];
  const table = parquet(columns, (bytes) => parts.push(bytes));
  for (const [offset, { deleted = false, key = 'k', ...value }] of records.entries())
    table.add(cellsOf(columns, { partition: 0, offset, key: String(key), deleted: deleted === true, headers: {}, value }));
  table.end();
  writeFileSync(join(folder, 'exports', `${file}.parquet`), Buffer.concat(parts));
}

const day = (n: number, hour = 0): string => new Date(Date.UTC(2026, 0, n, hour)).toISOString();
let made = 0;
const outcome = (message_id: string, word: string, more: Row = {}): Row => ({
  id: `o${String(made++)}`,
  message_id,
  play: 'welcome',
  category: 'news',
  outcome: word,
  at: day(1),
  occurred_at: day(1),
  ...more,
});
const move = (person_id: string, from: string, to: string, at: string, quiet_ms?: number): Row => ({
  id: `s${String(made++)}`,
  person_id,
  from,
  to,
  at,
  evidence: { quiet_ms },
});
const happened = (person_id: string, at: string): Row => ({ id: `e${String(made++)}`, person_id, occurred_at: at, at });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hito-kpis-'));
  mkdirSync(join(folder, 'exports'));
  const first = [
    outcome('a', 'accepted'),
    outcome('b', 'in_doubt', { attempt: 1 }),
    outcome('c', 'put_back'),
    outcome('d', 'accepted', { play: 'winback' }),
    outcome('a', 'opened', { verdict: 'proxy' }),
    outcome('a', 'opened', { verdict: 'human' }),
    outcome('d', 'clicked', { verdict: 'bot', play: 'winback' }),
    outcome('a', 'unsubscribed'),
  ];
  exported(outcomes, 'outcomes', first);
  // A later export that overlaps the first one.
  exported(outcomes, 'outcomes-2', [...first.slice(4), outcome('b', 'accepted', { attempt: 2, occurred_at: day(1, 2) })]);
  exported(messages, 'messages', []);
  exported(stages, 'stages', [
    move('p', 'prospect', 'active', day(1)),
    move('p', 'active', 'lapsed', day(20), 90),
    move('p', 'lapsed', 'gone', day(25), 900),
    move('p', 'gone', 'active', day(40)),
    move('q', 'prospect', 'active', day(2)),
    move('q', 'active', 'lapsed', day(50), 90),
  ]);
  exported(events, 'events', [happened('p', day(1)), happened('p', day(40)), happened('q', day(2)), happened('s', day(35))]);
  exported(profiles, 'profiles', [
    { key: 'p', person_id: 'p', at: day(1) },
    { key: 'r', person_id: 'r', at: day(1) },
    { key: 't', person_id: 't', at: day(1) },
    { key: 't', deleted: true },
  ]);
  found = await kpis(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const rows = (name: string): readonly Row[] => found.get(name) ?? [];

describe('the KPIs in SQL', () => {
  test('count each outcome of a mail once, also from exports that overlap', () => {
    expect(rows('kpi_mails')).toEqual([
      { outcome: 'accepted', play: 'welcome', category: 'news', mails: 2 },
      { outcome: 'accepted', play: 'winback', category: 'news', mails: 1 },
      { outcome: 'in_doubt', play: 'welcome', category: 'news', mails: 1 },
      { outcome: 'put_back', play: 'welcome', category: 'news', mails: 1 },
    ]);
  });

  test('count a mail that was in doubt by what became of it since', () => {
    expect(rows('kpi_mails_by_state')).toEqual([
      { state: 'accepted', mails: 3 },
      { state: 'put_back', mails: 1 },
    ]);
  });

  test('tell opens and clicks of people from those of programs', () => {
    const about = { play: 'welcome', category: 'news' };
    expect(rows('kpi_opens')).toEqual([
      { verdict: 'human', ...about, opens: 1 },
      { verdict: 'proxy', ...about, opens: 1 },
    ]);
    expect(rows('kpi_clicks')).toEqual([{ verdict: 'bot', play: 'winback', category: 'news', clicks: 1 }]);
    expect(rows('kpi_rates')).toEqual([
      { play: 'welcome', accepted: 2, opened: 1, clicked: 0, open_rate: 0.5, click_rate: 0 },
      { play: 'winback', accepted: 1, opened: 0, clicked: 0, open_rate: 0, click_rate: 0 },
    ]);
  });

  test('place everybody in one stage, also who never moved, but nobody who was taken back', () => {
    expect(rows('kpi_people')).toEqual([
      { stage: 'active', people: 1 },
      { stage: 'lapsed', people: 1 },
      { stage: 'prospect', people: 2 },
    ]);
  });

  test('count who fell silent once, also through two stages of silence, and who came back', () => {
    expect(rows('kpi_churn').map(({ churned, returned }) => ({ churned, returned }))).toEqual([
      { churned: 1, returned: 0 },
      { churned: 1, returned: 1 },
    ]);
    expect(rows('kpi_retention')).toEqual([{ people: 4, retained: 3, retention: 0.75 }]);
  });

  test('follow the people of a first month', () => {
    expect(rows('kpi_cohorts')).toEqual([
      { first_year: 2026, first_month: 1, months_later: 0, people: 2, active: 2 },
      { first_year: 2026, first_month: 1, months_later: 1, people: 2, active: 1 },
      { first_year: 2026, first_month: 2, months_later: 0, people: 1, active: 1 },
    ]);
  });
});

test('each model names what it reads to dbt', () => {
  const names = new Set(models().map(({ name }) => name));
  for (const { name, sql } of models()) {
    const read = [...sql.matchAll(/\b(?:from|join)\s+((?:hito|kpi)_\w+)/g)].map(([, table]) => String(table));
    const declared = [...sql.matchAll(/ref\('(\w+)'\)/g)].map(([, table]) => String(table));
    expect([name, [...new Set(read)].toSorted()]).toEqual([name, declared.toSorted()]);
    for (const one of declared) expect(names).toContain(one);
  }
});
