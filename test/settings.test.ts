import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { baseVariables, problemsOf, type VariableMeta } from '#platform';
import type { z } from 'zod';
import { deliveryVariables } from '../services/delivery/environment.ts';
import { ingestionVariables } from '../services/ingestion/environment.ts';

const shape: z.ZodRawShape = { ...baseVariables, ...ingestionVariables, ...deliveryVariables };
const numbers = Object.entries(shape).flatMap(([name, schema]) =>
  typeof (schema as z.ZodType).safeParse('15').data === 'number' ||
  / ms$|, ms\b/.test(String((schema as z.ZodType).meta()?.['description']))
    ? [name]
    : [],
);
const problems = (name: string, text: string): readonly string[] =>
  problemsOf('a test', { [name]: shape[name] as z.ZodType }, { [name]: text });

describe('a setting that is a number', () => {
  test('is found by this test', () => {
    expect(numbers).toEqual(
      expect.arrayContaining([
        'HITO_PORT',
        'HITO_PARTITIONS',
        'HITO_LEASE_MS',
        'HITO_LINK_DAYS',
        'HITO_SMTP_REPLY_TIMEOUT_MS',
        'HITO_STUCK_AFTER_MS',
      ]),
    );
  });

  test.each([
    ' ',
    '\t',
    '0x10',
    '1e3',
    '1E5',
    '+5',
    '-0',
    '-1',
    '1.0',
    '1_000',
    '300000 ',
    '٣',
    '１２',
    'Infinity',
    'NaN',
    'null',
    'true',
    '[]',
    '9'.repeat(15),
    '9'.repeat(25),
  ])('is refused where it is spelled in another way than by digits, or too large: %j', (text) => {
    for (const name of numbers) expect(problems(name, text)).toEqual([expect.stringContaining(name)]);
  });

  test.each([' ', '', '0x1', '1e-3', '+1', '.5', '1.', '-0', '1.1', '2', '0,5', '0.5 ', '٠', 'NaN', 'true', '1_0'])(
    'that is a share is refused where it is spelled in another way than by digits and a point, or too large: %j',
    (text) => {
      expect(problems('HITO_TRACES_RATIO', text)).toEqual(text === '' ? [] : [expect.stringContaining('from 0 to 1')]);
    },
  );

  test('that is a share is read as it is written', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (n) => {
        const text = (n / 10_000).toFixed(4);
        expect((shape['HITO_TRACES_RATIO'] as z.ZodType).parse(text)).toBe(n / 10_000);
      }),
    );
  });

  test('of milliseconds is one that a timer of Node can wait for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers.filter((name) => name.endsWith('_MS'))),
        fc.integer({ min: 2 ** 31 - 1 - 60_000, max: 2 ** 53 }),
        (name, ms) => {
          expect(problems(name, String(ms))).toEqual([expect.stringMatching(/a whole number from \d+ to \d+/)]);
        },
      ),
    );
  });
});

test.each([
  ['HITO_PUBLIC_URL', 'https://mail.shop.example\n'],
  ['HITO_PUBLIC_URL', 'https://mail.shop\r\n.example'],
  ['HITO_PUBLIC_URL', ' https://mail.shop.example'],
  ['HITO_PUBLIC_URL', 'https:\\\\mail.shop.example'],
  ['HITO_PUBLIC_URL', 'https:mail.shop.example'],
  ['HITO_PUBLIC_URL', 'https:///mail.shop.example?'],
  ['HITO_PUBLIC_URL', 'https://mail.shop.example/#'],
  ['HITO_PUBLIC_URL', 'https://mail.shop.example/a\\b'],
  ['KAFKA_BROKERS', 'a:99999'],
  ['KAFKA_BROKERS', 'a:0'],
  ['KAFKA_BROKERS', 'kafka://a:9092'],
  ['KAFKA_BROKERS', 'user:pw@a:9092'],
  ['DATABASE_URL', 'postgres://me:50%@db/hito'],
  ['DATABASE_URL', 'postgres://me:p/w@db:5432/hito'],
  ['DATABASE_URL', 'postgres://me:pw@db:99999/hito'],
  ['DATABASE_URL', 'postgres://me:p%00w@db/hito'],
])('%s=%j is refused before anything starts, and no secret is printed', (name, text) => {
  const told = problems(name, text);
  expect(told).toEqual([expect.stringContaining(name)]);
  if (((shape[name] as z.ZodType).meta() as unknown as VariableMeta).secret === true) expect(told[0]).not.toContain(text);
});

test.each([
  ['HTTPS://Mail.Shop.example', 'https://mail.shop.example'],
  ['https://mail.shop.example/', 'https://mail.shop.example'],
  ['https://correo.cañas.example/m/', 'https://correo.xn--caas-hqa.example/m'],
  ['http://127.0.0.1:3005', 'http://127.0.0.1:3005'],
])('links are written under the spelling of URL: %s', (text, written) => {
  expect((shape['HITO_PUBLIC_URL'] as z.ZodType).parse(text)).toBe(written);
});
