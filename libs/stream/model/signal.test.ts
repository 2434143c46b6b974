import { describe, expect, test } from '@jest/globals';
import { Signal } from './signal.ts';

describe('a signal', () => {
  test('wakes all who wait', async () => {
    const signal = new Signal();
    const waiting = Promise.all([signal.wait(60_000), signal.wait(60_000), signal.wait(60_000)]);
    signal.notify();
    expect(await waiting).toEqual([true, true, true]);
    expect(await signal.wait(1)).toBe(false);
  });

  test('that comes while nobody waits is kept for the next one alone', async () => {
    const signal = new Signal();
    signal.notify();
    signal.notify();
    expect([await signal.wait(60_000), await signal.wait(1)]).toEqual([true, false]);
  });
});
