import { expect, test } from '@jest/globals';
import { namesThisMachine } from './this-machine.ts';

test.each(['127.0.0.1', '127.0.0.1:3000', 'localhost', 'localhost:8080', 'LOCALHOST:1', '[::1]:9', '127.1.2.3'])(
  'Host %j names this machine',
  (host) => {
    expect(namesThisMachine(host)).toBe(true);
  },
);

test.each([
  undefined,
  '',
  ':3000',
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  'evil-localhost',
  '127.0.0.1.evil.example:80',
  '127.0.0.1@evil.example',
  '0.0.0.0',
  '10.0.0.1',
  '[::ffff:127.0.0.1]',
  'localhost:3000:4000',
  'localhost, evil.example',
])('Host %j names another', (host) => {
  expect(namesThisMachine(host)).toBe(false);
});
