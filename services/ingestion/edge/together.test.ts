import { expect, test } from '@jest/globals';
import { together } from './together.ts';

const record = (key: string) => [{ topic: 't', key, value: {} }];

test('what comes while a send is under way goes out in the next, in order, and shares its fate', async () => {
  const sends: { keys: string[]; end: (error?: Error) => void }[] = [];
  const produce = together(
    (records) =>
      new Promise((resolve, reject) =>
        sends.push({
          keys: records.map(({ key }) => key),
          end: (error) => {
            if (error) reject(error);
            else resolve();
          },
        }),
      ),
  );
  const answers = ['a', 'b', 'c'].map((key) =>
    produce(record(key)).then(
      () => `${key} sent`,
      () => `${key} failed`,
    ),
  );
  sends[0]?.end();
  expect(await answers[0]).toBe('a sent');
  const late = produce(record('d')).then(() => 'd sent');
  sends[1]?.end(new Error('away'));
  expect(await Promise.all(answers)).toEqual(['a sent', 'b failed', 'c failed']);
  sends[2]?.end();
  expect(await late).toBe('d sent');
  expect(sends.map(({ keys }) => keys.join(''))).toEqual(['a', 'bc', 'd']);
});

test('a send is bounded', async () => {
  const sizes: number[] = [];
  const produce = together(async (records) => {
    sizes.push(records.length);
    await Promise.resolve();
  });
  await Promise.all(Array.from({ length: 50 }, () => produce(Array.from({ length: 100 }, () => record('k')).flat())));
  expect(sizes).toEqual([100, 2000, 2000, 900]);
});
