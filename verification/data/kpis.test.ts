import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kpis, models, type Row } from './kpis.ts';
import { writeMadeUp } from './made-up.ts';

let folder: string;
let found: ReadonlyMap<string, readonly Row[]>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hito-kpis-'));
  writeMadeUp(folder);
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
