import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { noTraffic } from './no-traffic.ts';

const task = (partition: number, waitsFor: string) => ({ processor: 'identity', partition, waitsFor });
const harmless = ['nothing', 'input events.v1', 'replay', 'ownership', 'stopped: the topic was made anew'];

describe('a process takes traffic', () => {
  test.each(harmless)('while a task waits for: %s', (waitsFor) => {
    expect(noTraffic([task(0, 'nothing'), task(1, waitsFor)])).toBeUndefined();
  });

  test.each(['broker', 'database'])('unless a task waits for: %s', (waitsFor) => {
    expect(noTraffic([task(0, 'nothing'), task(1, waitsFor)])).toBe(`identity/1: ${waitsFor}`);
  });

  test('exactly if no task waits for broker or database, whatever the others do', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...harmless, 'broker', 'database'), { maxLength: 8 }), (waits) => {
        const away = waits.some((waitsFor) => waitsFor === 'broker' || waitsFor === 'database');
        expect(noTraffic(waits.map((waitsFor, partition) => task(partition, waitsFor))) !== undefined).toBe(away);
      }),
    );
  });
});
