import { expect, test } from '@jest/globals';
import { processesOf } from './status.ts';

/** A name server that knows these addresses for every name. */
const known =
  (...addresses: (readonly [address: string, family: 4 | 6])[]) =>
  () =>
    Promise.resolve(addresses.map(([address, family]) => ({ address, family })));
const unknown = () => Promise.reject(new Error('ENOTFOUND'));

test('a headless name is asked at each of its pods', async () => {
  expect(await processesOf('http://hito-scoring-internal:8081', known(['10.0.0.4', 4], ['10.0.0.9', 4]))).toEqual([
    'http://10.0.0.4:8081',
    'http://10.0.0.9:8081',
  ]);
  expect(await processesOf('http://hito-scoring-internal:8081', known(['fd00::4', 6], ['fd00::9', 6]))).toEqual([
    'http://[fd00::4]:8081',
    'http://[fd00::9]:8081',
  ]);
});

test('one process with an address of each family is asked once', async () => {
  expect(await processesOf('http://localhost:3100', known(['::1', 6], ['127.0.0.1', 4]))).toEqual(['http://localhost:3100']);
});

test('a name that nobody knows, an address and https stay as they are', async () => {
  for (const [url, resolve] of [
    ['http://no-such-name:8081', unknown],
    ['http://127.0.0.1:3100', unknown],
    ['http://[::1]:3100', unknown],
    ['https://hito.shop.example', known(['10.0.0.4', 4], ['10.0.0.9', 4])],
  ] as const)
    expect(await processesOf(url, resolve)).toEqual([url]);
});
