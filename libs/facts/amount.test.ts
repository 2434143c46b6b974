import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountOf, numberOf } from './amount.ts';

describe('amountOf', () => {
  it.each([
    [120, '120'],
    ['120', '120'],
    [' 120.00 ', '120.00'],
    ['-1.5', '-1.5'],
    ['+1.5', '1.5'],
    ['.50', '0.50'],
    ['00012', '00012'],
    [1e-7, '0'],
    [-0, '0'],
  ])('reads %j as %s', (value, decimal) => {
    expect(amountOf(value)).toMatchObject({ decimal });
  });

  it.each([
    ['1,299.00', 'separators'],
    ['1.299,00', 'separators'],
    ['120,50', 'separators'],
    ['1 299', 'separators'],
    ['1\u00a0299,00', 'separators'],
    ["1'299", 'separators'],
    ['12.', 'separators'],
    ['€20', 'symbols'],
    ['$120.00', 'symbols'],
    ['120 USD', 'symbols'],
    [' USD', 'symbols'],
    ['1.2e2', 'symbols'],
    ['0x10', 'symbols'],
    ['١٢٠', 'symbols'],
    ['NaN', 'symbols'],
    ['', 'symbols'],
    ['9'.repeat(41), 'range'],
    [1e21, 'range'],
    [Number.NaN, 'range'],
    [Number.POSITIVE_INFINITY, 'range'],
    [null, 'type'],
    [undefined, 'type'],
    [true, 'type'],
    [[120], 'type'],
    [{ amount: 12000 }, 'type'],
  ])('does not guess %j: %s', (value, unreadable) => {
    expect(amountOf(value)).toEqual({ unreadable });
  });

  it('reads a number and its text alike', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (cents) => {
        const amount = cents / 100;
        expect(numberOf(amount.toFixed(2))).toBe(amount === 0 ? 0 : amount);
        expect(numberOf(String(amount))).toBe(numberOf(amount));
      }),
    );
  });

  it('answers any value with a plain decimal or a reason', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const amount = amountOf(value);
        if ('decimal' in amount) expect(amount.decimal).toMatch(/^-?\d+(\.\d+)?$/);
        else expect(['separators', 'symbols', 'range', 'type']).toContain(amount.unreadable);
      }),
    );
  });
});
