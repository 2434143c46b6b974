import { describe, expect, test } from '@jest/globals';
import { deadLetters, events, profiles, type Contract } from '#contracts';
import { controlHeader, seqHeader, seqText } from '#stream';
import { withoutSecrets } from '../without-secrets.ts';
import { Rows, type Span } from './rows.ts';

const id = '6f2b6c1e-0d0c-5b7e-9a3d-2f1f7b6a9c51';
const event = {
  id,
  person_id: id,
  at: '2026-03-01T12:00:00.000Z',
  cause: { id: 'c' },
  event: 'Password Reset Requested',
  moment: '2026-03-01T11:00:00.000Z',
  moment_source: 'claimed',
  source: 'web',
  message_id: 'm',
  properties: { reset_url: 'https://shop.example/r?token=abc', size: 'L' },
};
const record = (value: unknown, headers: Record<string, string> = {}, offset = 0) => ({
  offset,
  key: 'k',
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers,
});
const rowsOf = (contract: Contract = events, span: Span = {}): Rows => new Rows(contract, span, withoutSecrets([]));
const named = (rows: Rows, taken: ReturnType<Rows['take']>): Record<string, unknown> =>
  Object.fromEntries(rows.columns.map(({ name }, n) => [name, 'row' in taken ? taken.row[n] : undefined]));

describe('a record becomes a row', () => {
  test('with its place and its fields, and without what is secret', () => {
    const rows = rowsOf();
    const row = named(rows, rows.take(3, record(event, {}, 7)));
    expect(row).toMatchObject({
      hito_partition: 3,
      hito_offset: 7,
      hito_key: 'k',
      event: event.event,
      cause_id: 'c',
      user_id: null,
    });
    expect(row['properties']).toEqual({ reset_url: '[secret]', size: 'L' });
  });

  test('once, however often it lies on the topic', () => {
    const rows = rowsOf();
    const numbered = record(event, { [seqHeader]: seqText('profile/3', 1, 5) });
    expect(rows.take(3, numbered)).toHaveProperty('row');
    expect(rows.take(3, numbered)).toEqual({ left: 'repeat' });
  });

  test('unless it is a watermark or a clock', () => {
    expect(rowsOf().take(0, record('{}', { [controlHeader]: 'watermark' }))).toEqual({ left: 'control' });
  });

  test.each([
    [{ from: Date.parse('2026-03-01T12:00:00.000Z') }, 'row'],
    [{ from: Date.parse('2026-03-01T12:00:00.001Z') }, 'left'],
    [{ until: Date.parse('2026-03-01T12:00:00.000Z') }, 'left'],
    [{ until: Date.parse('2026-03-01T12:00:00.001Z') }, 'row'],
  ])('if its instant lies in the span: %j, %s', (span, what) => {
    expect(rowsOf(events, span).take(0, record(event))).toHaveProperty(what);
  });

  test.each([
    ['{', 'it is no JSON'],
    [null, 'it has no value'],
    [{ ...event, event: 5 }, /^event: /],
  ])('unless it does not fit its contract: %j', (value, why) => {
    const taken = rowsOf().take(0, record(value));
    expect(taken).toEqual({ misfit: typeof why === 'string' ? why : expect.stringMatching(why) });
  });

  test('of a compacted topic also where it takes back what lay there', () => {
    const rows = rowsOf(profiles);
    expect(named(rows, rows.take(0, record(null)))).toMatchObject({ hito_key: 'k', hito_deleted: true, id: null });
  });
});

describe('a dead letter becomes a row', () => {
  const headers = {
    'hito-dl-processor': 'scoring',
    'hito-dl-topic': 'events.v1',
    'hito-dl-partition': '3',
    'hito-dl-offset': '9',
    'hito-dl-reason': 'no number',
    'hito-dl-attempts': '1',
    [seqHeader]: seqText('profile/3', 1, 5),
  };
  const rows = rowsOf(deadLetters('scoring'));

  test('with its headers and its value, whatever that is, and without secrets', () => {
    const row = named(rows, rows.take(0, record({ otp: '1234', size: 'L' }, headers)));
    expect(row).toMatchObject({ dl_processor: 'scoring', dl_offset: '9', dl_kind: null, value: '{"otp":"[secret]","size":"L"}' });
    expect(named(rows, rows.take(0, record('otp=1234', headers)))['value']).toBe('otp=[secret]');
    expect(named(rows, rows.take(0, record(null, headers)))['value']).toBeNull();
  });

  test('also where it carries the number of another record', () => {
    expect(rows.take(1, record({}, headers))).toHaveProperty('row');
    expect(rows.take(1, record({}, headers))).toHaveProperty('row');
  });

  test('of a span by when it was refused, or by its record; without both always', () => {
    const late = rowsOf(deadLetters('scoring'), { from: Date.parse('2026-04-01') });
    expect(late.take(0, record(event, headers))).toEqual({ left: 'outside' });
    expect(late.take(0, record(event, { ...headers, 'hito-dl-at': '2026-04-02T00:00:00.000Z' }))).toHaveProperty('row');
    expect(late.take(0, record('{', headers))).toHaveProperty('row');
  });
});
