import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SourceRule } from '#playbook';
import { judged } from './judge.ts';
import { mappingOf, wantedBy } from './mapping.ts';
import type { SourceRecord } from './record.ts';

const arrivedAt = Date.UTC(2026, 10, 27, 12);
const nobody = new Set<string>();
const map: SourceRule['map'] = {
  person: 'record.value.?user',
  anonymous_id: 'record.value.?device',
  name: 'record.value.action',
  time: 'record.value.?at',
  properties: { total: 'record.value.total', coupon: 'record.value.?coupon', shop: "'north'" },
};
const judge = (record: Partial<SourceRecord>, mapping: SourceRule['map'] = map, generation = 0, where?: string) =>
  judged(
    { topic: 'clicks', partition: 3, offset: 42, timestamp: arrivedAt - 60_000, headers: {}, value: null, ...record },
    {
      source: { name: 'shop' },
      mapping: mappingOf({ map: mapping }),
      wanted: wantedBy({ where }),
      arrivedAt,
      nobody,
      generation,
    },
  );
const click = { user: 7, device: 'd1', action: 'Order Completed', total: 12.5 };
const reasonOf = (verdict: ReturnType<typeof judge>): string =>
  verdict.accepted === false ? verdict.reason : String(verdict.accepted);

describe('a record of a source', () => {
  test('becomes a call as its mapping says', () => {
    expect(judge({ value: { ...click, at: '2026-11-27T11:00:00Z' } })).toMatchObject({
      accepted: true,
      key: 'd1',
      value: {
        source: 'shop',
        message_id: 'clicks/3/42',
        type: 'track',
        user_id: '7',
        anonymous_id: 'd1',
        event: 'Order Completed',
        properties: { total: 12.5, shop: 'north' },
        occurred_at: '2026-11-27T11:00:00.000Z',
        at: '2026-11-27T12:00:00.000Z',
      },
    });
  });

  test('has the same id whenever it is read, and another once its topic was made anew', () => {
    const id = (generation: number) => {
      const verdict = judge({ value: click }, map, generation);
      return verdict.accepted === true ? verdict.value.id : undefined;
    };
    expect(id(0)).toBe(id(0));
    expect(id(1)).not.toBe(id(0));
  });

  test('that does not map names source, expression and value', () => {
    const verdict = judge({ value: { user: 'ana', action: 'Order Completed' } });
    expect(verdict).toMatchObject({ accepted: false, kind: 'unmapped' });
    expect(reasonOf(verdict)).toBe(
      'source shop: properties.total is record.value.total, which comes to no answer (missing); record.value is {"user":"ana","action":"Order Completed"}',
    );
  });

  test.each([
    [
      'a time that is none',
      { ...click, at: 'yesterday' },
      'time is record.value.?at, which gives "yesterday" and not an instant',
    ],
    ['a name that is a list', { ...click, action: ['a'] }, 'name is record.value.action, which gives ["a"] and not a text'],
    ['no id', { action: 'A', total: 1 }, 'source shop: userId or anonymousId is missing'],
    ['an id that stands for nobody', { ...click, user: 'undefined' }, 'stands for nobody'],
    ['a value that is null', null, 'name is record.value.action, which comes to no answer (missing)'],
    ['a value that is a list', [1], 'comes to no answer'],
  ])('with %s becomes a dead letter', (_, value, reason) => {
    expect(reasonOf(judge({ value }))).toContain(reason);
  });

  test.each([undefined, -1, 0, 8.7e15, 253_402_300_800_000])(
    'is not dated by its arrival where its timestamp is %s',
    (timestamp) => {
      const { timestamp: _, ...record } = { timestamp: 0, value: click };
      expect(
        reasonOf(judge(timestamp === undefined ? { ...record, timestamp: undefined as never } : { ...record, timestamp })),
      ).toContain('nobody knows when it happened');
    },
  );

  test.each([
    ['its own time', { value: { ...click, at: '9999-12-31T00:00:00Z' } }],
    ['its timestamp', { value: click, timestamp: arrivedAt + 366 * 86_400_000 }],
    ['epoch ms', { value: { ...click, at: arrivedAt + 86_400_001 } }],
  ])('is not dated by its arrival where %s lies more than a day ahead', (_, record) => {
    expect(reasonOf(judge(record))).toMatch(
      /^source shop: its time is .*, more than a day ahead: nobody knows when it happened$/,
    );
  });

  test('of a clock that is hours ahead is dated by its arrival', () => {
    expect(judge({ value: { ...click, at: arrivedAt + 86_400_000 } })).toMatchObject({
      value: { occurred_at: new Date(arrivedAt).toISOString() },
    });
  });

  test('that lies ahead is heard where it withdraws a consent', () => {
    const value = { user: 'ana', consents: { all: false } };
    const mapping = { person: 'record.value.user', type: "'identify'", traits: '{"consents": record.value.consents}' };
    expect(judge({ value, timestamp: arrivedAt + 366 * 86_400_000 }, mapping)).toMatchObject({
      accepted: false,
      withdrawal: { value: { type: 'withdrawal', user_id: 'ana' } },
    });
  });

  test('that a mapping cannot read is heard where it withdraws a consent', () => {
    const verdict = judge(
      { value: { user: 'ana', action: ['?'], consents: { all: false } } },
      { person: 'record.value.user', name: 'record.value.action', traits: '{"consents": record.value.consents}' },
    );
    expect(verdict).toMatchObject({
      accepted: false,
      kind: 'unmapped',
      withdrawal: { value: { type: 'withdrawal', user_id: 'ana' } },
    });
  });

  test('gives a page its name, and an id of its own where the mapped one says nothing', () => {
    const page = { person: 'record.value.u', type: "'page'", name: "'Home'", id: 'record.value.id' };
    expect(judge({ value: { u: 'ana', id: 'null' } }, page)).toMatchObject({
      accepted: true,
      value: { type: 'page', event: 'Home', message_id: 'clicks/3/42' },
    });
  });

  test('is passed over where the source does not want it, and a dead letter where that is not known', () => {
    const where = 'record.value.op == "c"';
    expect(judge({ value: { ...click, op: 'd' } }, map, 0, where)).toEqual({ accepted: 'passed' });
    expect(judge({ value: { ...click, op: 'c' } }, map, 0, where)).toMatchObject({ accepted: true });
    expect(reasonOf(judge({ value: click }, map, 0, where))).toContain(
      'where is record.value.op == "c", which comes to no answer (missing)',
    );
    expect(reasonOf(judge({ value: { op: 1 } }, map, 0, 'record.value.op'))).toContain('gives 1 and not true or false');
  });

  test('of any JSON is judged without a throw, and its reason stays short', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.option(fc.string()), fc.double(), (value, key, timestamp) => {
        const verdict = judge({ value, timestamp, ...(key === null ? {} : { key }) });
        expect(reasonOf(verdict).length).toBeLessThan(3_000);
      }),
    );
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`k${String(n)}`, n]));
    expect(judge({ value: wide })).toMatchObject({ accepted: false, kind: 'unmapped' });
    expect(judge({ value: { ...click, total: wide } })).toMatchObject({ accepted: false, kind: 'too_many_keys' });
    expect(judge({ value: { ...click, action: 'half \ud800', coupon: { ['__proto__']: 'x' } } })).toMatchObject({
      accepted: true,
    });
  });
});
