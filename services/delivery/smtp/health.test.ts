import { expect, test } from '@jest/globals';
import { Health } from './health.ts';

const pauses = { firstMs: 1, longestMs: 4, longestRefusedMs: 16 };
const cut = { kind: 'unreachable', what: 'cut' } as const;
const login = { kind: 'login', what: '535' } as const;

test('a way that stays closed is probed ever later, up to a bound', () => {
  const health = new Health(pauses);
  expect([health.close(cut), ...Array.from({ length: 4 }, () => health.stillClosed(cut))]).toEqual([1, 2, 4, 4, 4]);
  expect(health.stillClosed(login)).toBe(16);
});

test('a probe that goes through opens the way; only an answered mail shortens the next pause', () => {
  const health = new Health(pauses);
  health.close(cut);
  health.reopen();
  expect(health.open).toBe(true);
  expect(health.close(cut)).toBe(2);
  health.reopen();
  health.answered();
  expect(health.close(cut)).toBe(1);
});

test('a second fault asks for no second probe, and hides nothing that an operator has to put right', () => {
  const health = new Health(pauses);
  health.close(login);
  expect(health.close(cut)).toBeUndefined();
  expect(health.fault).toBe(login);
  const other = new Health(pauses);
  other.close(cut);
  other.close(login);
  expect(other.fault).toBe(login);
});

test('an answer to a mail that was under way opens nothing', () => {
  const health = new Health(pauses);
  health.close(cut);
  health.answered();
  expect(health.open).toBe(false);
  expect(health.stillClosed(cut)).toBe(2);
});
