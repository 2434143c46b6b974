import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Patience } from './patience.ts';

test('a run that moves outlives the time that a still one is given', async () => {
  const patience = new Patience(2_000, 60_000);
  for (let moves = 0; moves < 5; moves++) {
    await sleep(500);
    patience.saw(`step ${String(moves)}`);
  }
  expect(patience.signal.aborted).toBe(false);
  patience.end();
});

test('a run that says the same again and again is given up', async () => {
  const patience = new Patience(200, 60_000);
  const telling = setInterval(() => {
    patience.saw('step 1');
  }, 20);
  await once(patience.signal, 'abort');
  clearInterval(telling);
  patience.end();
});

test('a run that moves for ever is given up at its limit', async () => {
  const patience = new Patience(60_000, 300);
  let moves = 0;
  const telling = setInterval(() => {
    patience.saw(`step ${String(moves++)}`);
  }, 20);
  await once(patience.signal, 'abort');
  clearInterval(telling);
  patience.end();
});
