import { expect, test } from '@jest/globals';
import { silent } from '#testing';
import { Retention } from './retention.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const inputs = [
  { topic: 'hito.events.v1', retentionMs: -1 },
  { topic: 'hito.scores.v1', retentionMs: 7 * day },
];

/** A broker that keeps topics for so long, or does not say. */
function broker(kept: ReadonlyMap<string, number> | undefined) {
  const held = { kept, asked: 0, warned: 0 };
  const log = {
    retention: () => {
      held.asked += 1;
      return held.kept === undefined ? Promise.reject(new Error('not allowed')) : Promise.resolve(new Map(held.kept));
    },
  };
  const logger = {
    ...silent,
    warn: () => {
      held.warned += 1;
    },
  };
  return { held, retention: new Retention(log, logger, inputs) };
}

test("an operator's shorter retention is seen, also of a topic that its contract keeps for ever", async () => {
  const { retention } = broker(
    new Map([
      ['hito.events.v1', day],
      ['hito.scores.v1', 7 * day],
    ]),
  );
  expect(retention.shortestMs).toBe(7 * day);
  await retention.ask(0);
  expect(retention.shortestMs).toBe(day);
});

test("an operator's longer retention ends the alarm within a minute", async () => {
  const { held, retention } = broker(new Map([['hito.scores.v1', day]]));
  await retention.ask(0);
  held.kept = new Map([['hito.scores.v1', -1]]);
  await retention.ask(minute - 1);
  expect(retention.shortestMs).toBe(day);
  await retention.ask(minute);
  expect(retention.shortestMs).toBeUndefined();
  expect(held.asked).toBe(2);
});

test('a broker that does not say is logged once, and what is known stays', async () => {
  const { held, retention } = broker(undefined);
  for (const now of [0, minute, 2 * minute]) await retention.ask(now);
  expect([retention.shortestMs, held.warned]).toEqual([7 * day, 1]);
});
