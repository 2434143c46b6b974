import { describe, expect, test } from '@jest/globals';
import { contracts, events, scores } from '#contracts';
import { recordJson, recordLine } from './record-line.ts';
import { age, ranges, statusTable } from './status-table.ts';
import { contractOf } from './topic-name.ts';

describe('a topic is found', () => {
  test.each([
    ['events', 'events.v1'],
    ['events.v1', 'events.v1'],
    ['hito.events.v1', 'events.v1'],
    ['delivery.dead-letters', 'delivery.dead-letters.v1'],
  ])('%s', (text, name) => {
    expect(contractOf(text, 'hito').name).toBe(name);
  });
  test('or told which ones there are', () => {
    expect(() => contractOf('evnets', 'hito')).toThrow(/no topic evnets.*identified\.v1/);
    for (const contract of contracts) expect(() => contractOf('evnets', 'hito')).toThrow(contract.name);
  });
});

describe('a record as a line', () => {
  const record = (value: string | null, headers: Record<string, string> = {}) => ({
    offset: 7,
    key: 'k',
    value: value === null ? null : Buffer.from(value),
    headers,
  });
  const score = {
    id: '6f2b6c1e-0d0c-5b7e-9a3d-2f1f7b6a9c51',
    person_id: '6f2b6c1e-0d0c-5b7e-9a3d-2f1f7b6a9c51',
    at: '2026-03-01T12:00:00.000Z',
    cause: { id: 'c' },
    engagement: 1,
    fit: 2,
    total: 3,
    band: 'hot',
    previous_band: 'cold',
    rule: { id: 'r', version: 'v' },
    points: 1,
  };
  test('that fits its contract', () => {
    expect(recordLine(scores, 3, record(JSON.stringify(score)))).toBe(
      '2026-03-01T12:00:00.000Z 3/7          k  engagement=1 fit=2 total=3 band=hot previous_band=cold points=1',
    );
  });
  test.each([
    ['no json', '{'],
    ['another shape', '{"id":1}'],
    ['half', JSON.stringify({ ...score, band: 5 })],
  ])('that does not fit: %s', (_, value) => {
    expect(recordLine(scores, 3, record(value))).toContain('DOES NOT FIT scores.v1');
    expect(JSON.parse(recordJson(scores, 3, record(value)))).toMatchObject({ fits: false, partition: 3, offset: 7 });
  });
  test('deleted', () => {
    expect(recordLine(events, 3, record(null))).toContain('(deleted)');
  });
  test('a dead letter with where, why and how often', () => {
    const headers = { processor: 'scoring', topic: 'events.v1', partition: '3', offset: '9', reason: 'no number', attempts: '2' };
    const line = recordLine(
      contractOf('scoring.dead-letters', 'hito'),
      3,
      record('{', Object.fromEntries(Object.entries(headers).map(([k, v]) => [`hito-dl-${k}`, v]))),
    );
    expect(line).toContain('scoring refused events.v1 3/9 (attempt 2): no number  {');
  });
});

describe('the status', () => {
  const task = {
    processor: 'scoring',
    clock: 'live' as const,
    watermark: 1_000_000,
    stopped: false,
    lagRecords: 2,
    taken: 0,
    transactions: 0,
    deadLetters: 0,
    tallies: {},
  };
  test('tasks that do the same are one line, the others have their own', () => {
    const tasks = [0, 1, 2, 5].map((partition) => ({
      ...task,
      partition,
      waitsFor: partition === 5 ? 'stopped: no disk' : 'nothing',
    }));
    const text = statusTable(
      [
        { url: 'a', status: { service: 'scoring', prefix: 'hito', notReady: null, tasks } },
        { url: 'b', silent: 'ECONNREFUSED' },
      ],
      1_060_000,
    );
    const lines = text.split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^scoring +scoring +0–2 +live +1970-01-01T00:16:40.000Z +60 s +6 +nothing$/);
    expect(lines[2]).toContain('stopped: no disk');
    expect(lines[3]).toBe('b does not answer: ECONNREFUSED');
  });
  test.each([
    [[3, 1, 2, 7, 9, 8], '1–3,7–9'],
    [[], ''],
    [[4], '4'],
  ])('ranges of %j', (numbers, text) => {
    expect(ranges(numbers)).toBe(text);
  });
  test.each([
    [90_000, '90 s'],
    [600_000, '10 min'],
    [36_000_000, '10 h'],
    [864_000_000, '10 d'],
    [-5, '0 s'],
  ])('an age of %d ms', (ms, text) => {
    expect(age(ms)).toBe(text);
  });
});
