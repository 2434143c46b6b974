import { expect, test } from '@jest/globals';
import { wanted } from './options.ts';

test.each([
  [{ from: '2026-01-31' }, { from: Date.parse('2026-01-31T00:00:00Z') }],
  [{ until: '2026-01-31T09:00:00+01:00' }, { until: Date.parse('2026-01-31T08:00:00Z') }],
  [
    { from: '2026-01-01', until: '2026-01-02' },
    { from: Date.parse('2026-01-01'), until: Date.parse('2026-01-02') },
  ],
])('%j is understood', (given, span) => {
  expect(wanted({ to: 'csv', ...given }).span).toEqual(span);
});

test.each([
  [{ to: 'xlsx' }, '--to xlsx: there are csv, jsonl, parquet.'],
  [{ to: 'constructor' }, '--to constructor: there are'],
  [{ to: 'csv', from: 'yesterday' }, '--from yesterday: give a day'],
  [{ to: 'csv', from: '2026-02-30' }, '--from 2026-02-30: give a day'],
  [{ to: 'csv', until: '31.01.2026' }, '--until 31.01.2026: give a day'],
  [{ to: 'csv', from: '2026-02-01', until: '2026-02-01' }, '--from must be before --until'],
  [{ to: 'csv', partitions: '0,-1' }, '--partitions 0,-1: give numbers'],
  [{ to: 'csv', partitions: '' }, '--partitions : give numbers'],
])('%j is refused with what was expected', (options, words) => {
  expect(() => wanted(options)).toThrow(words);
});

test('partitions are numbers, each once', () => {
  expect(wanted({ to: 'csv', partitions: '3,0,3' }).partitions).toEqual([3, 0]);
});
