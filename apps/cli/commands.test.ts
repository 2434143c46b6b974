import { describe, expect, test } from '@jest/globals';
import { contracts, events, scores } from '#contracts';
import { DeadLetterGroups, deadLetterTable } from './dead-letter-groups.ts';
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
  test('nested thousands deep is a line all the same', () => {
    const value = `${'{"a":['.repeat(20_000)}1${']}'.repeat(20_000)}`;
    for (const contract of [contractOf('events', 'hito'), contractOf('scoring.dead-letters', 'hito')]) {
      expect(recordLine(contract, 3, record(value)).length).toBeLessThan(2_000);
      expect(JSON.parse(recordJson(contract, 3, record(value)))).toMatchObject({ offset: 7 });
    }
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
  const bare = {
    prefix: 'hito',
    notReady: null,
    tasks: [],
    refused: [],
    unreadable: [],
    shared: [],
    conditions: [],
    suppressed: [],
    breakers: [],
  };
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
        {
          url: 'a',
          status: { ...bare, service: 'scoring', tasks },
        },
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
  test('what was refused is summed over all instances, most first, and what is odd in calls is shown', () => {
    const refused = (source: string, count: number) => ({ processor: 'collect', source, reason: 'no_id', count });
    const status = { ...bare, service: 'ingestion' };
    const text = statusTable(
      [
        { url: 'a', status: { ...status, refused: [refused('app', 2), refused('web', 3)] } },
        {
          url: 'b',
          status: {
            ...status,
            refused: [refused('web', 4)],
            unreadable: [{ source: 'web', what: 'amount: separators', count: 5 }],
            shared: [{ source: 'web', what: 'addresses', count: 2 }],
          },
        },
      ],
      0,
    );
    expect(text).toMatch(
      /ingestion +collect +web +no_id +7\ningestion +collect +app +no_id +2\n`hito dead-letters ls` shows them\./,
    );
    expect(text).toMatch(
      /UNREADABLE FROM +VALUE +COUNT\nweb +amount: separators +5\n\nSHARED USER IDS FROM +TOO MANY +COUNT\nweb +addresses +2\n.*ids\.nobody/,
    );
  });
  test('conditions that came to no answer are summed by rule and reason, the most often first', () => {
    const counting = (...conditions: { rule: string; reason: string; count: number }[]) => ({
      url: 'a',
      status: { ...bare, service: 'scoring', conditions },
    });
    const big = { rule: 'plays/big', reason: 'type' };
    const text = statusTable(
      [counting({ ...big, count: 2 }), counting({ ...big, count: 4 }, { rule: 'scoring/a', reason: 'missing', count: 5 })],
      0,
    );
    expect(text).toMatch(/CONDITION WITHOUT ANSWER +WHY +COUNT\nplays\/big +type +6\nscoring\/a +missing +5$/);
  });
  test('why mail is not sent is summed; each way out says since when it is closed, and once what to do', () => {
    const trouble = '535 5.7.8 no. Mail waits. Put the user and the password of SMTP_URL right\u001b[2J';
    const delivery = (url: string, count: number) => ({
      url,
      status: {
        ...bare,
        service: 'delivery',
        suppressed: [{ reason: 'consent', count }],
        breakers: [
          { name: 'smtp', open: false, since: '2026-03-01T12:00:00.000Z', trouble },
          { name: 'inbox', open: true, since: '2026-03-01T11:00:00.000Z' },
        ],
      },
    });
    const text = statusTable([delivery('http://a', 2), delivery('http://b', 3)], 0);
    expect(text).toMatch(/MAIL SUPPRESSED FOR +COUNT\nconsent +5\n/);
    expect(text).toMatch(/smtp +http:\/\/a +closed +2026-03-01T12:00:00\.000Z\ninbox +http:\/\/a +open +2026-03-01T11/);
    expect(text.split('Put the user and the password')).toHaveLength(2);
    expect(text).not.toContain('\u001b');
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

describe('dead letters', () => {
  const letter = (offset: number, headers: Record<string, string>, value = '{}') => ({
    offset,
    key: 'web',
    value: Buffer.from(value),
    headers: {
      'hito-dl-processor': 'collect',
      'hito-dl-topic': 'collected.v1',
      'hito-dl-partition': '-1',
      'hito-dl-offset': '-1',
      'hito-dl-attempts': '1',
      'hito-dl-reason': 'the call needs a userId',
      ...headers,
    },
  });

  test('are grouped by service, source and kind, with count, first, last and the latest as sample', () => {
    const groups = new DeadLetterGroups();
    const web = { 'hito-dl-kind': 'no_id', 'hito-dl-source': 'web' };
    groups.add('ingestion', 0, letter(1, web, '{"at":"2026-03-02T00:00:00.000Z"}'));
    groups.add('ingestion', 1, letter(7, { ...web, 'hito-dl-calls': '20' }, '{"at":"2026-03-01T00:00:00.000Z"}'));
    groups.add('ingestion', 0, letter(2, { ...web, 'hito-dl-source': 'app' }));
    groups.add('scoring', 0, letter(3, { 'hito-dl-processor': 'scoring', 'hito-dl-reason': 'scoring threw: no number' }));
    groups.add('delivery', 0, { offset: 9, key: null, value: null, headers: { 'hito-dl-calls': 'many' } });
    expect(groups.all[0]).toMatchObject({ source: 'web', reason: 'no_id', count: 21, sample: 'ingestion/1/7' });
    expect(groups.all[0]).toMatchObject({ first: '2026-03-01T00:00:00.000Z', last: '2026-03-02T00:00:00.000Z' });
    expect(groups.all.map(({ service, count }) => [service, count])).toEqual([
      ['ingestion', 21],
      ['ingestion', 1],
      ['scoring', 1],
      ['delivery', 1],
    ]);
    expect(deadLetterTable(groups.all)).toMatch(
      /^scoring +- +scoring +scoring threw +1 +- +- +scoring\/0\/3 +scoring threw: no number$/m,
    );
  });

  test('no letter prints more than its line', () => {
    const groups = new DeadLetterGroups();
    groups.add('ingestion', 0, letter(1, { 'hito-dl-source': 'a\n\u001b[2J', 'hito-dl-reason': `x\u202e${'y'.repeat(500)}` }));
    const lines = deadLetterTable(groups.all).split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('a\\u{a}\\u{1b}[2J');
    expect(lines[1]?.length).toBeLessThan(500);
  });
});
