import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { consentsOf, hear, renamed, type Ledger, type Statement } from './consent-ledger.ts';
import { categoryPolicies, mailRefusal, mergeConsents, undeclared, type Consents } from './consent.ts';

const minute = 60_000;
const start = Date.parse('2026-03-01T12:00:00.000Z');
const aSource = fc.constantFrom('site web', 'site web 1', 'site app', 'mail', 'import', 'operator');
/** Clocks that are right, ahead, behind, or of another century. */
const aClock = fc.oneof(
  fc.integer({ min: start - minute, max: start + 100 * minute }),
  fc.integer({ min: -1e12, max: 4e12 }),
  fc.constantFrom(0, start, start + minute),
);
type Said = Omit<Statement, 'arrived' | 'by'>;
const saying = (names: readonly string[], claimed = aClock): fc.Arbitrary<Said> =>
  fc.record({
    name: fc.constantFrom(...names),
    granted: fc.boolean(),
    explicit: fc.boolean(),
    source: aSource,
    claimed,
  });
const at = (n: number): number => start + n * minute;
const told = (said: Said, n: number): Statement => ({ ...said, by: said.source, arrived: at(n) });
/** Hears statements one minute after the other. */
const after = (statements: readonly Said[], ledger: Ledger = []): Ledger =>
  statements.reduce((heard, said, n) => hear(heard, told(said, n)), ledger);
const granted = (ledger: Ledger, name: string): boolean | undefined => consentsOf(ledger)[name]?.granted;
const yes = (more: Partial<Said> = {}): Said => ({ name: 'news', granted: true, source: 'site web', claimed: start, ...more });
const no = (more: Partial<Said> = {}): Said => ({ ...yes(more), granted: false });
const life = fc.array(saying(['news', 'offers', 'all']), { maxLength: 30 });

describe('whatever was said before, by whomever, with whatever clock', () => {
  test('a withdrawal that arrives last holds', () => {
    fc.assert(
      fc.property(life, saying(['news', 'offers', 'all']), (before, last) => {
        expect(granted(after([...before, { ...last, granted: false }]), last.name)).toBe(false);
      }),
    );
  });

  test('a yes that its source has said before is no new grant', () => {
    fc.assert(
      fc.property(life, aSource, fc.array(aClock, { minLength: 1 }), (before, source, clocks) => {
        fc.pre(source !== 'mail');
        const repeated = clocks.map((claimed) => yes({ source, claimed }));
        expect(granted(after([...before, yes({ source, claimed: 9e12 }), no({ source: 'mail' }), ...repeated]), 'news')).toBe(
          false,
        );
      }),
    );
  });

  test('a first yes of a source does not lift a withdrawal', () => {
    fc.assert(
      fc.property(life, aClock, (before, claimed) => {
        expect(granted(after([...before, no({ source: 'mail' }), yes({ source: 'site of tomorrow', claimed })]), 'news')).toBe(
          false,
        );
      }),
    );
  });

  test('a grant that claims to be older than the arrival of a withdrawal from elsewhere does not lift it', () => {
    fc.assert(
      fc.property(life, fc.boolean(), fc.nat(1e9), (before, explicit, older) => {
        const arrival = at(before.length + 1);
        const late = [
          no({ source: 'site app' }),
          no({ source: 'mail' }),
          yes({ source: 'site app', explicit, claimed: arrival - older }),
        ];
        expect(granted(after([...before, ...late]), 'news')).toBe(false);
      }),
    );
  });

  test('a change from no to yes of one source, later than every withdrawal, is granted', () => {
    fc.assert(
      fc.property(life, aSource, fc.boolean(), (before, source, explicit) => {
        const n = before.length;
        const changed = [no({ source, claimed: at(n) }), yes({ source, explicit, claimed: 9e12 })];
        expect(granted(after([...before, ...changed]), 'news')).toBe(true);
      }),
    );
  });

  test('an explicit grant that is later than every withdrawal is granted', () => {
    fc.assert(
      fc.property(life, aSource, (before, source) => {
        expect(granted(after([...before, no({ source: 'mail' }), yes({ source, explicit: true, claimed: 9e12 })]), 'news')).toBe(
          true,
        );
      }),
    );
  });

  test('an explicit grant over a grant is told as a new one: another id may have silenced the mailbox', () => {
    fc.assert(
      fc.property(life, aSource, (before, source) => {
        const act = yes({ source, explicit: true, claimed: at(before.length) });
        const ledger = after([...before, act]);
        fc.pre(granted(ledger, 'news') === true);
        expect(Date.parse(consentsOf(ledger)['news']?.changed_at ?? '')).toBeGreaterThanOrEqual(at(before.length));
      }),
    );
  });

  test('every grant over a withdrawal is news, and claims to be later than all withdrawals from elsewhere', () => {
    // Claims that often lie between the arrivals.
    const near = fc.integer({ min: -12, max: 24 }).map((halves) => start + (halves * minute) / 2);
    fc.assert(
      fc.property(fc.array(saying(['news'], near), { maxLength: 12 }), (statements) => {
        let ledger: Ledger = [];
        let standing = new Map<string, number>();
        const refused = new Set<string>();
        for (const [n, said] of statements.entries()) {
          const before = granted(ledger, 'news');
          ledger = hear(ledger, told(said, n));
          if (!said.granted) standing.set(said.source, at(n));
          else if (before === false && granted(ledger, 'news') === true) {
            const claimed = Math.min(said.claimed, at(n));
            for (const [source, arrived] of standing) if (source !== said.source) expect(claimed).toBeGreaterThan(arrived);
            expect(said.explicit === true || refused.has(said.source)).toBe(true);
            standing = new Map();
          }
          if (!said.granted) refused.add(said.source);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('statements about one name change no other', () => {
    fc.assert(
      fc.property(life, life, (before, others) => {
        const ledger = after(before);
        const more = others.filter(({ name }) => name !== 'news');
        expect(consentsOf(after(more, ledger))['news']).toEqual(consentsOf(ledger)['news']);
      }),
    );
  });

  test('views merged in any order, with repetitions, come to what the ledger says', () => {
    fc.assert(
      fc.property(life, fc.infiniteStream(fc.nat()), (statements, picks) => {
        const views: Consents[] = [];
        let ledger: Ledger = [];
        for (const [n, said] of statements.entries()) {
          ledger = hear(ledger, told(said, n));
          views.push(consentsOf(ledger));
        }
        const anyOrder = [...views, ...views.map((view) => views[(picks.next().value ?? 0) % views.length] ?? view)]
          .map((view) => [picks.next().value ?? 0, view] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, view]) => view);
        expect(anyOrder.reduce<Consents>(mergeConsents, {})).toEqual(consentsOf(ledger));
      }),
    );
  });
});

test('an act that claims to be older than a standing grant makes that grant no act', () => {
  const ledger = after([yes({ claimed: at(0) }), yes({ explicit: true, claimed: 0 })]);
  expect(consentsOf(ledger)['news']).toEqual({ granted: true, changed_at: new Date(at(0)).toISOString(), by: 'site web' });
});

describe('given a site that said no and, five minutes later, yes', () => {
  test('when the no arrives last, then its repeated yes changes nothing, and a new no and yes do', () => {
    const late = after([yes({ claimed: at(-5) }), no({ claimed: at(-10) }), yes({ claimed: at(2) })]);
    expect(granted(late, 'news')).toBe(false);
    const ledger = hear(hear(late, told(no({ claimed: at(20) }), 20)), told(yes({ claimed: at(21) }), 21));
    expect(granted(ledger, 'news')).toBe(true);
  });
});

test('a yes that comes too late does not take the arrival of its source’s own no with it', () => {
  const ledger = after([
    no({ source: 'mail', claimed: at(0) }),
    no({ source: 'site app', claimed: at(-10) }),
    yes({ source: 'mail', claimed: at(0.5) }),
    yes({ source: 'site app', claimed: at(-1) }),
  ]);
  expect(granted(ledger, 'news')).toBe(false);
});

describe('a ledger is bounded', () => {
  const many = Array.from({ length: 150 }, (_, n) => `category-${String(n)}`);
  const flood = fc.array(saying([...many, 'all', 'tracking', 'news']), { minLength: 100, maxLength: 400 });
  const news = categoryPolicies([{ id: 'news', legal: false, consent: 'opt_in', renamed_from: [] }]);

  test('in names, sources and bytes, and no withdrawal loses its effect', () => {
    fc.assert(
      fc.property(flood, (statements) => {
        let ledger: Ledger = [];
        const withdrawn = new Set<string>();
        for (const [n, said] of statements.entries()) {
          ledger = hear(ledger, told(said, n), news);
          if (!said.granted) withdrawn.add(said.name);
          else if (granted(ledger, said.name) === true) withdrawn.delete(said.name);
        }
        expect(ledger.length).toBeLessThanOrEqual(48);
        for (const [, { words }] of ledger) expect(words.length).toBeLessThanOrEqual(6);
        expect(JSON.stringify(ledger).length).toBeLessThan(32_768);
        for (const name of withdrawn)
          if (name !== 'tracking' && name !== 'all')
            expect([name, mailRefusal(consentsOf(ledger), undeclared(name, { consent: 'opt_out' }))]).toEqual([name, 'opt_out']);
      }),
      { numRuns: 50 },
    );
  });

  test('grants of unknown categories go before those that the playbook declares', () => {
    const grants = ['news', ...many.slice(0, 100)].map((name) => yes({ name }));
    const ledger = grants.reduce<Ledger>((heard, said, n) => hear(heard, told(said, n), news), []);
    expect(granted(ledger, 'news')).toBe(true);
    expect(granted(ledger, 'category-0')).toBeUndefined();
  });

  test('where withdrawals overflow, all mail stays withdrawn, whatever is granted later', () => {
    const full = after(many.map((name) => no({ name })));
    expect(granted(full, 'all')).toBe(false);
    const later = [no({ name: 'all' }), yes({ name: 'all', explicit: true, claimed: 9e12 })];
    expect(
      granted(
        later.reduce<Ledger>((heard, said, n) => hear(heard, told(said, 1_000 + n)), full),
        'all',
      ),
    ).toBe(false);
  });

  test('a source whose no is forgotten is outlived by its no', () => {
    const others = Array.from({ length: 12 }, (_, n) => no({ source: `site ${String(n)}`, claimed: at(n) }));
    const ledger = after(others);
    expect(granted(hear(ledger, told(yes({ source: 'site 0', claimed: 9e12 }), 20)), 'news')).toBe(false);
    expect(granted(hear(ledger, told(yes({ source: 'site 11', claimed: at(5) }), 20)), 'news')).toBe(false);
    expect(granted(hear(ledger, told(yes({ source: 'site 11', claimed: 9e12 }), 20)), 'news')).toBe(true);
  });
});

describe('given a category with a new name', () => {
  const categories = categoryPolicies([{ id: 'updates', legal: false, consent: 'opt_out', renamed_from: ['news', 'bulletin'] }]);

  test('when the site repeats its old yes under either name, then an old withdrawal holds', () => {
    fc.assert(
      fc.property(fc.constantFrom('news', 'bulletin'), fc.constantFrom('news', 'updates'), aClock, (old, name, claimed) => {
        const before = after([yes({ name: old }), no({ name: old, source: 'mail' })]);
        const ledger = hear(renamed(before, categories), told(yes({ name, claimed }), 9), categories);
        expect(ledger.map(([known]) => known)).toEqual(['updates']);
        expect(granted(ledger, 'updates')).toBe(false);
      }),
    );
  });

  test('when there are words under several names, then the later one holds', () => {
    const ledger = after([no({ name: 'news' }), no({ name: 'bulletin' }), yes({ name: 'bulletin', claimed: 9e12 })]);
    expect(granted(renamed(ledger, categories), 'updates')).toBe(true);
    expect(granted(renamed(after([yes({ name: 'bulletin' }), no({ name: 'news' })]), categories), 'updates')).toBe(false);
  });
});
