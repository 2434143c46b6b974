import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { placeBelow, placeIn, placeText, traceparent } from './trace.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .string({ unit: fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16)), minLength: length, maxLength: length })
    .filter((text) => !/^0+$/.test(text));
const place = fc.record({ traceId: hex(32), spanId: hex(16) });

describe('a place in a trace', () => {
  test('is read back from its text', () => {
    fc.assert(
      fc.property(place, (one) => {
        expect(placeIn(placeText(one))).toEqual(one);
      }),
    );
  });

  test('has parts with places of their own in the same trace, the same each time', () => {
    fc.assert(
      fc.property(place, fc.string(), fc.string(), (one, a, b) => {
        const below = placeBelow(one, a);
        expect(placeIn(placeText(below))).toEqual(below);
        expect(below.traceId).toBe(one.traceId);
        expect(placeBelow(one, a)).toEqual(below);
        expect(placeBelow(one, b).spanId === below.spanId).toBe(a === b);
      }),
    );
  });

  // Cases of https://github.com/w3c/trace-context/blob/main/test/test.py
  test.each([
    '',
    '00',
    '00-00000000000000000000000000000000-1234567890123456-01',
    '00-12345678901234567890123456789012-0000000000000000-01',
    '00-12345678901234567890123456789012-1234567890123456-01-what',
    '00-12345678901234567890123456789012-1234567890123456-01-',
    'ff-12345678901234567890123456789012-1234567890123456-01',
    '.0-12345678901234567890123456789012-1234567890123456-01',
    '00-1234567890123456789012345678901.-1234567890123456-01',
    '00-123456789012345678901234567890123-1234567890123456-01',
    '00-12345678901234567890123456789012-1234567890123456-0x',
    '00-ABCDEF78901234567890123456789012-1234567890123456-01',
    'cc-12345678901234567890123456789012-1234567890123456-01.what',
  ])('is not read from %s', (text) => {
    expect(traceparent(text)).toBeUndefined();
  });

  test.each([
    'cc-12345678901234567890123456789012-1234567890123456-01',
    'cc-12345678901234567890123456789012-1234567890123456-01-what',
  ])('is read from a later version: %s', (text) => {
    expect(traceparent(text)).toMatchObject({ spanId: '1234567890123456', sampled: true });
  });

  test('is none of ours where the trace is not sampled', () => {
    expect(placeIn('00-12345678901234567890123456789012-1234567890123456-00')).toBeUndefined();
    expect(traceparent('00-12345678901234567890123456789012-1234567890123456-00')).toMatchObject({ sampled: false });
  });

  test('is read from any text without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(traceparent(text)).toBeUndefined();
      }),
    );
  });
});
