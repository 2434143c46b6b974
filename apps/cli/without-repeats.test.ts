import { expect, test } from '@jest/globals';
import { seqHeader, seqText } from '#stream';
import { once } from './without-repeats.ts';

const record = (headers: Record<string, string> = {}) => ({ offset: 0, key: 'k', value: null, headers });
const numbered = (origin: string, incarnation: number, seq: number) => record({ [seqHeader]: seqText(origin, incarnation, seq) });

test('a repeat is known by its origin within its partition, a later incarnation begins anew', () => {
  const isNew = once();
  expect(isNew(0, numbered('replayer', 1, 1))).toBe(true);
  expect(isNew(0, numbered('replayer', 1, 2))).toBe(true);
  expect(isNew(0, numbered('replayer', 1, 1))).toBe(false);
  expect(isNew(0, numbered('replayer', 1, 2))).toBe(false);
  expect(isNew(1, numbered('replayer', 1, 1))).toBe(true);
  expect(isNew(0, numbered('identity/3', 1, 1))).toBe(true);
  expect(isNew(0, numbered('replayer', 2, 1))).toBe(true);
});

test('what has no number is never a repeat', () => {
  const isNew = once();
  expect([isNew(0, record()), isNew(0, record())]).toEqual([true, true]);
});
