import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { deadLetterKinds, services } from '#contracts';
import { loadPlaybook } from '#playbook';
import type { Blame } from '../services/delivery/domain/reply-table.ts';
import type { Verdict } from '../services/delivery/domain/verdict.ts';
import type { Drop } from '../services/orchestration/domain/verdict.ts';
import { families, firstMetrics, metricsPage, unitOf } from './metrics-documents.ts';

const ours = families().filter(({ name }) => name.startsWith('hito_'));

test('docs/reference/metrics.md is what the code exports (npm run docs:metrics)', () => {
  expect(readFileSync('docs/reference/metrics.md', 'utf8')).toBe(metricsPage());
});

test('counters end in _total, and nothing else does', () => {
  for (const { name, type } of ours) expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
});

test('every name is in snake case and in base units', () => {
  for (const { name } of ours) {
    expect(name).toMatch(/^hito(_[a-z]+)+$/);
    expect(name).not.toMatch(/_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kilobytes|megabytes|percent)(_|$)/);
    expect(['count', 'seconds', 'bytes']).toContain(unitOf({ name }));
  }
});

test('every family says what it means', () => {
  for (const { name, help } of ours) expect([name, help.length > 10]).toEqual([name, true]);
});

/** Why each label has few values. A new one needs a reason here. */
const bounded: Readonly<Record<string, string>> = {
  band: 'the playbook; 200 at most',
  blame: 'a closed list',
  category: 'the playbook',
  clock: 'a closed list',
  decision: 'a closed list',
  from: 'the playbook; 200 at most',
  domain: 'the first 20 with 20 attempts, and other',
  kind: 'a closed list',
  milestone: 'the playbook; 200 at most',
  name: 'tallies without a family; 500 at most',
  outcome: 'a closed list',
  partition: "the number of partitions, of ours and of the sources' topics",
  play: 'the playbook',
  processor: 'the code',
  purpose: 'a closed list',
  queue: 'a closed list',
  reason: 'a closed list',
  result: 'a closed list',
  rule: 'the playbook; 200 at most',
  source: "the operator's write keys, and the playbook's sources",
  stage: 'the playbook; 200 at most',
  state: 'a closed list',
  status: 'what the edge answers',
  template: 'the playbook',
  to: 'the playbook; 200 at most',
  topic: 'the playbook',
  variable: 'the code',
  verdict: 'a closed list',
  way: 'a closed list',
  what: 'a closed list',
};

test('every label has few values, and the reason is written down', () => {
  const labels = new Set(ours.flatMap((family) => family.labels));
  expect([...labels].filter((label) => !(label in bounded))).toEqual([]);
  expect(Object.keys(bounded).filter((label) => !labels.has(label))).toEqual([]);
});

describe('before anything has happened', () => {
  /** Each first count of these is missed by `increase`: their labels are named by playbooks, sources and addresses. */
  const begunLater = ['domain', 'from', 'to', 'milestone', 'rule', 'stage', 'source'];
  /** Its reason is the first word of an error; `hito_mails_total{outcome="failed"}` stands at 0. */
  const unlisted = 'hito_failed_total';
  const playbook = loadPlaybook('examples/shop/playbook.yaml');
  const first = async (): Promise<string> =>
    (await Promise.all(services.map((service) => firstMetrics(service, playbook)))).join('\n');
  const wordsOf = (text: string, family: string, label: string): string[] => [
    ...new Set([...text.matchAll(new RegExp(`^${family}\\{.*?\\b${label}="([^"]*)"`, 'gm'))].map(([, word = '']) => word)),
  ];

  test('every counter whose labels are closed lists stands at 0', async () => {
    const text = await first();
    const counters = ours.filter(
      ({ name, type, labels }) => type === 'counter' && name !== unlisted && !labels.some((label) => begunLater.includes(label)),
    );
    expect(counters.length).toBeGreaterThan(20);
    for (const { name } of counters) expect([name, text.includes(`\n${name}{`)]).toEqual([name, true]);
    for (const [, name, value] of text.matchAll(/^(hito_\w+_total)\{.*\} (\S+)$/gm))
      if (name !== 'hito_takeovers_total') expect([name, value]).toEqual([name, '0']);
  });

  test('mails, opens and clicks stand at 0 for each play of the playbook', async () => {
    const text = await first();
    const plays = playbook.plays.map(({ id }) => id);
    for (const family of ['hito_mails_total', 'hito_opens_total', 'hito_clicks_total'])
      expect(wordsOf(text, family, 'play')).toEqual(plays);
  });

  test('the labels are the words that the code uses', async () => {
    const text = await first();
    const blames: Record<Blame, true> = { recipient: true, sender: true, message: true, server: true };
    const verdicts: Record<Verdict, true> = { human: true, proxy: true, bot: true, unknown: true };
    const drops: Record<Drop, true> = {
      expired: true,
      exit: true,
      opt_out: true,
      repeated: true,
      too_many: true,
      play_removed: true,
    };
    expect(wordsOf(text, 'hito_smtp_refusals_total', 'blame').sort()).toEqual(Object.keys(blames).sort());
    expect(wordsOf(text, 'hito_opens_total', 'verdict').sort()).toEqual(Object.keys(verdicts).sort());
    expect(wordsOf(text, 'hito_decisions_total', 'reason').sort()).toEqual(['', ...Object.keys(drops)].sort());
    expect(wordsOf(text, 'hito_dead_letters_total', 'reason')).toEqual(expect.arrayContaining([...deadLetterKinds]));
    expect(wordsOf(text, 'hito_hits_lost_total', 'kind')).toEqual(['open', 'click']);
  });

  test('every reason that delivery counts is among them', async () => {
    const text = await first();
    const source = ['delivery.processor.ts', 'mails/claim.ts']
      .map((file) => readFileSync(`services/delivery/${file}`, 'utf8'))
      .join('');
    const hits = [...source.matchAll(/'hits\.(\w+)': 1/g)].map(([, word]) => word);
    const suppressed = [...source.matchAll(/state: 'suppressed', reason: '(\w+)'/g)].map(([, word]) => word);
    expect([hits.length > 3, suppressed.length > 3]).toEqual([true, true]);
    expect(wordsOf(text, 'hito_hits_ignored_total', 'reason').sort()).toEqual([...new Set(hits)].sort());
    expect(wordsOf(text, 'hito_suppressed_total', 'reason')).toEqual(expect.arrayContaining(suppressed));
  });
});
