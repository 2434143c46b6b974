import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byDecision, dayOf, heldBack, mailboxOf, type Counted } from './mailbox.ts';

const ms = (instant: string): number => Date.parse(instant);
const zones = {
  'Europe/Madrid': '+01:00',
  'America/Los_Angeles': '-08:00',
  'Pacific/Auckland': '+13:00',
  UTC: '+00:00',
} as const;
type Zone = keyof typeof zones;

/** A local time as decisions write it; the days of this file know no change of clocks. */
const localOf = (zone: Zone, at: number): string => {
  const [, sign, hours] = /([+-])(\d\d)/.exec(zones[zone]) ?? [];
  const shifted = at + (sign === '-' ? -1 : 1) * Number(hours) * 3_600_000;
  return `${new Date(shifted).toISOString().slice(0, 19)}${zones[zone]}`;
};
interface Given {
  readonly zone?: Zone;
  readonly behaviour?: boolean;
  readonly replayed?: boolean;
  readonly dailyCap?: number;
}
let made = 0;
const mail = (
  personId: string,
  at: string | number,
  { zone = 'Europe/Madrid', behaviour = false, replayed = false, dailyCap = 1 }: Given = {},
): Counted => {
  const decidedAt = typeof at === 'number' ? at : ms(at);
  const numbers = { zone, local: localOf(zone, decidedAt), daily_cap: dailyCap, monthly_cap: 2 };
  return { id: String(made++), personId, decidedAt, behaviour, replayed, day: dayOf(numbers, decidedAt) };
};

test.each([
  ['another case', 'T05@One.example', 't05@one.example'],
  ['blanks around it', ' t05@one.example ', 't05@one.example'],
  ['an internationalized domain', 'a@bücher.example', 'a@xn--bcher-kva.example'],
  ['what is no address', 'NOBODY', 'nobody'],
])('one mailbox: %s', (_, spelling, name) => {
  expect(mailboxOf(spelling)).toBe(name);
});

describe('the day of a decision', () => {
  test('is the one that its local time names', () => {
    expect(dayOf({ zone: 'America/Los_Angeles', local: '2026-03-08T19:30:00-07:00', daily_cap: 3, monthly_cap: 4 }, 0)).toEqual({
      zone: 'America/Los_Angeles',
      date: '2026-03-08',
      offsetMs: -7 * 3_600_000,
      dailyCap: 3,
      monthlyCap: 4,
    });
  });

  test('is told in UTC where the local time cannot be read', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (local) => {
        const day = dayOf({ zone: 'Europe/Madrid', local, daily_cap: 1, monthly_cap: 2 }, ms('2026-03-08T23:30:00Z'));
        expect(day).toMatchObject({ zone: 'UTC', date: '2026-03-08', offsetMs: 0 });
      }),
    );
  });
});

describe('a mail beside those that went to its mailbox', () => {
  test.each<[string, string | undefined, Counted, Counted[]]>([
    ['goes where nothing went', undefined, mail('a', '2026-02-01T10:00Z'), []],
    [
      'waits when another id had the mail of the day',
      'mailbox_daily',
      mail('a', '2026-02-01T10:00Z'),
      [mail('b', '2026-02-01T08:00Z')],
    ],
    [
      'waits also when the other decision is the later one',
      'mailbox_daily',
      mail('a', '2026-02-01T08:00Z'),
      [mail('b', '2026-02-01T10:00Z')],
    ],
    ['goes on the next day', undefined, mail('a', '2026-02-02T08:00Z'), [mail('b', '2026-02-01T18:00Z')]],
    ['is not held by mails of its own person', undefined, mail('a', '2026-02-01T10:00Z'), [mail('a', '2026-02-01T08:00Z')]],
    [
      'waits when own and other mails reach the cap together',
      'mailbox_daily',
      mail('a', '2026-02-01T10:00Z', { dailyCap: 2 }),
      [mail('a', '2026-02-01T08:00Z'), mail('b', '2026-02-01T09:00Z')],
    ],
    [
      'goes below a higher cap',
      undefined,
      mail('a', '2026-02-01T10:00Z', { dailyCap: 3 }),
      [mail('a', '2026-02-01T08:00Z'), mail('b', '2026-02-01T09:00Z')],
    ],
    [
      'waits on a date that only the other zone has',
      'mailbox_daily',
      mail('a', '2026-02-01T17:00Z', { zone: 'America/Los_Angeles' }),
      [mail('b', '2026-02-01T20:00Z', { zone: 'Pacific/Auckland' })],
    ],
    [
      'waits when its month is full of behaviour',
      'mailbox_monthly',
      mail('a', '2026-02-20T10:00Z', { behaviour: true }),
      [mail('b', '2026-02-01T08:00Z', { behaviour: true }), mail('b', '2026-02-02T08:00Z', { behaviour: true })],
    ],
    [
      'goes in a month full of behaviour if it is about something else',
      undefined,
      mail('a', '2026-02-20T10:00Z'),
      [mail('b', '2026-02-01T08:00Z', { behaviour: true }), mail('b', '2026-02-02T08:00Z', { behaviour: true })],
    ],
    [
      'goes in the next month',
      undefined,
      mail('a', '2026-03-01T10:00Z', { behaviour: true }),
      [mail('b', '2026-02-27T08:00Z', { behaviour: true }), mail('b', '2026-02-26T08:00Z', { behaviour: true })],
    ],
    [
      'is not held by mail to the development inbox',
      undefined,
      mail('a', '2026-02-01T10:00Z'),
      [mail('b', '2026-02-01T08:00Z', { replayed: true })],
    ],
  ])('%s', (_, held, mine, others) => {
    expect(heldBack(mine, others)).toBe(held);
  });
});

const anyMail = fc
  .record({
    person: fc.constantFrom('a', 'b', 'c'),
    hours: fc.integer({ min: 0, max: 24 * 70 }),
    zone: fc.constantFrom<Zone>('Europe/Madrid', 'America/Los_Angeles', 'Pacific/Auckland', 'UTC'),
    behaviour: fc.boolean(),
  })
  .map(({ person, hours, zone, behaviour }) => mail(person, ms('2026-01-05T00:00Z') + hours * 3_600_000, { zone, behaviour }));

/** Takes mails one after another, as claims do. */
function taken(mails: readonly Counted[]): Counted[] {
  return mails.reduce<Counted[]>((went, one) => (heldBack(one, went) === undefined ? [...went, one] : went), []);
}

test('of several persons, in any order of claims, no two mails lie on one date of either zone', () => {
  fc.assert(
    fc.property(fc.array(anyMail, { maxLength: 30 }), (mails) => {
      const went = taken(mails);
      for (const a of went)
        for (const b of went) {
          if (a.personId === b.personId) continue;
          expect(a.day.date).not.toBe(b.day.date);
          expect(localOf(a.day.zone as Zone, b.decidedAt).slice(0, 10)).not.toBe(a.day.date);
        }
    }),
  );
});

test('of several persons, in any order of claims, a month of any zone has two mails about behaviour', () => {
  fc.assert(
    fc.property(fc.array(anyMail, { maxLength: 40 }), (mails) => {
      const behaviour = taken(mails).filter((one) => one.behaviour);
      for (const month of Map.groupBy(behaviour, ({ day }) => day.date.slice(0, 7)).values()) {
        const people = new Set(month.map(({ personId }) => personId));
        if (people.size > 1 && people.size === month.length) expect(month.length).toBeLessThanOrEqual(2);
      }
    }),
  );
});

test('one person alone in a mailbox is never held, whatever went there', () => {
  fc.assert(
    fc.property(fc.array(anyMail, { maxLength: 30 }), (mails) => {
      const own = mails.map((one) => ({ ...one, personId: 'a' }));
      expect(taken(own)).toEqual(own);
    }),
  );
});

test('the earlier decision goes first, then the smaller id, in any order of the claim', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyMail, { maxLength: 10 })
        .chain((mails) => fc.tuple(fc.constant(mails), fc.shuffledSubarray(mails, { minLength: mails.length }))),
      ([mails, shuffled]) => {
        expect(taken(shuffled.toSorted(byDecision))).toEqual(taken(mails.toSorted(byDecision)));
      },
    ),
  );
});
