import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pixelCall } from './pixel.ts';

const of = (query: string) => pixelCall('track', new URLSearchParams(query));

describe('pixelCall', () => {
  it('makes a call of a query, with points for objects and without the write key', () => {
    const query = 'writeKey=k&anonymousId=a1&event=Opened&properties.plan=pro&context.page.url=https%3A%2F%2Fshop.example';
    expect(of(query)).toEqual({
      type: 'track',
      anonymousId: 'a1',
      event: 'Opened',
      properties: { plan: 'pro' },
      context: { page: { url: 'https://shop.example' } },
    });
  });

  it('takes the first of parameters that contradict each other', () => {
    expect(of('event=a&event=b&context=x&context.page=y&properties.a=1&properties=z')).toEqual({
      type: 'track',
      event: 'a',
      context: 'x',
      properties: { a: '1' },
    });
  });

  it('is of the type of its path, whatever the query says', () => {
    expect(of('type=alias')).toEqual({ type: 'track' });
  });

  it('changes no object but the call, whatever the names', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom(...Object.getOwnPropertyNames(Object.prototype)));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 12 }), fc.string()), { maxLength: 8 }), (all) => {
        const query = new URLSearchParams(all.map(([parts, value]): [string, string] => [parts.join('.'), value]));
        const call = pixelCall('page', query);
        expect(Object.getPrototypeOf(call)).toBe(Object.prototype);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
        expect(JSON.parse(JSON.stringify(call))).toEqual(call);
      }),
    );
  });
});
