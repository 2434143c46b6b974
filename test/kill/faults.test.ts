import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planFaults } from './faults.ts';
import { full, short } from './scenarios.ts';

test('a seed repeats its choices; another makes others', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      expect(full(seed)).toEqual(full(seed));
      expect(full(seed).faults).not.toEqual(full(seed + 1).faults);
    }),
  );
});

test('as many of each kind as asked for, at passes that are reached and moments before the end', () => {
  const counts = fc.nat(12);
  const shapes = fc.record({
    killsAfterPublish: counts,
    killsInDelivery: counts,
    killsAtRandom: counts,
    stopsAtPoints: counts,
    stopsAtRandom: counts,
    latestPass: fc.integer({ min: 3, max: 90 }),
  });
  fc.assert(
    fc.property(fc.nat(), shapes, (seed, shape) => {
      const faults = planFaults(seed, shape);
      const of = (kind: string, pointed: boolean) =>
        faults.filter((fault) => fault.kind === kind && 'point' in fault.at === pointed).length;
      expect(faults.filter(({ at }) => 'point' in at && at.point === 'after-publish')).toHaveLength(shape.killsAfterPublish);
      expect([of('kill', true), of('kill', false)]).toEqual([
        shape.killsAfterPublish + shape.killsInDelivery,
        shape.killsAtRandom,
      ]);
      expect([of('stop', true), of('stop', false)]).toEqual([shape.stopsAtPoints, shape.stopsAtRandom]);
      for (const { at } of faults) {
        if ('point' in at) expect(at.pass).toBeLessThanOrEqual(shape.latestPass);
        else expect(at.progress).toBeLessThan(0.9);
      }
    }),
  );
});

test('half of the kills of the full run strike between publishing and the delete of the outbox', () => {
  const kills = full(7).faults.filter(({ kind }) => kind === 'kill');
  const between = kills.filter(({ at }) => 'point' in at && at.point === 'after-publish');
  expect(between).toHaveLength(10);
  expect(kills.filter(({ at }) => 'progress' in at)).toHaveLength(10);
  expect(full(7).faults.filter(({ kind }) => kind === 'stop')).toHaveLength(10);
  expect(short(7).faults).toHaveLength(7);
});
