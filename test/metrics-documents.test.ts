import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { families, metricsPage, unitOf } from './metrics-documents.ts';

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
  kind: 'a closed list',
  milestone: 'the playbook; 200 at most',
  name: 'tallies without a family; 500 at most',
  outcome: 'a closed list',
  partition: 'the number of partitions',
  play: 'the playbook',
  processor: 'the code',
  purpose: 'a closed list',
  queue: 'a closed list',
  reason: 'a closed list',
  result: 'a closed list',
  rule: 'the playbook; 200 at most',
  source: "the operator's write keys",
  stage: 'the playbook; 200 at most',
  state: 'a closed list',
  status: 'what the edge answers',
  template: 'the playbook',
  to: 'the playbook; 200 at most',
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
