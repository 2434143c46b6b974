import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drive, type Decided } from '../testing/drive.ts';
import { category, event, milestone, ms, outcome, profile, rulesWith } from '../testing/given.ts';
import type { Input } from './input.ts';
import type { OrchestrationRules } from './rules.ts';

const play = (id: string, of: string, more: object = {}): object => ({
  id,
  on: { event: `${id} wanted` },
  category: of,
  priority: 100,
  not_after: '7d',
  entry: 'always',
  template: 't',
  ...more,
});
const at = (day: number, hour = 10): string => new Date(Date.UTC(2026, 5, day, hour)).toISOString();
const wanted = (id: string, day: number, hour = 10): Input => event(at(day, hour), `${id} wanted`);
const said = (day: number, consents: Record<string, boolean>, hour = 10): Input =>
  profile(at(day, hour), {
    consents: Object.fromEntries(
      Object.entries(consents).map(([name, granted]) => [name, { granted, changed_at: at(day, hour) }]),
    ),
  });
const told = ({ candidate, decision, reason, at: when }: Decided): string =>
  `${candidate.play} ${decision} ${reason} on ${String(new Date(when).getUTCDate())}`;

/** Lives through one playbook after the other; each has the person from where the last one left them. */
function story(...chapters: readonly (readonly [OrchestrationRules, readonly Input[], number])[]): string[] {
  let person: ReturnType<typeof drive>['person'];
  let begin = -Infinity;
  return chapters.flatMap(([rules, inputs, until]) => {
    const course = drive(inputs, rules, ms(at(until, 0)), { from: person, begin });
    begin = ms(at(until, 0));
    person = course.person;
    return course.decisions.map(told);
  });
}
const optIn = (more: object = {}): OrchestrationRules =>
  rulesWith({ categories: [category('offers', { consent: 'opt_in' })], plays: [play('offer', 'offers', more)] });

describe('given an opt-in category', () => {
  const waits = 'offer deferred no_consent on 2';
  test('when nobody has granted it, then the candidate waits and expires', () => {
    expect(story([optIn(), [said(1, { all: true }), wanted('offer', 2)], 30])).toEqual([waits, 'offer dropped expired on 9']);
  });

  test('when the grant comes in time, then it is sent at once', () => {
    expect(story([optIn(), [said(1, {}), wanted('offer', 2), said(4, { offers: true })], 30])).toEqual([
      waits,
      'offer sent due on 4',
    ]);
  });

  test('when it was granted before, then it is sent; when it is withdrawn, then it is dropped', () => {
    expect(story([optIn(), [said(1, { offers: true }), wanted('offer', 2)], 30])).toEqual(['offer sent due on 2']);
    expect(story([optIn(), [said(1, {}), wanted('offer', 2), said(4, { offers: false })], 30])).toEqual([
      waits,
      'offer dropped opt_out on 4',
    ]);
  });

  test('when all mail is withdrawn, then its grant does not help', () => {
    expect(story([optIn(), [said(1, { offers: true, all: false }), wanted('offer', 2)], 30])).toEqual([
      'offer dropped opt_out on 2',
    ]);
  });
});

describe('when the playbook changes while a candidate waits for the window', () => {
  const night = 22;
  const with_ = (of: string, ...categories: object[]): OrchestrationRules => rulesWith({ categories, plays: [play('tip', of)] });
  const optOut = with_('tips', category('tips'));

  test('a category that becomes opt-in asks for a grant', () => {
    const changed = with_('tips', category('tips', { consent: 'opt_in' }));
    expect(story([optOut, [said(1, {}), wanted('tip', 2, night)], 3], [changed, [], 30])).toEqual([
      'tip deferred window on 2',
      'tip deferred no_consent on 3',
      'tip dropped expired on 9',
    ]);
  });

  test('a category that becomes opt-out mails who had not granted it', () => {
    const before = with_('tips', category('tips', { consent: 'opt_in' }));
    expect(story([before, [said(1, {}), wanted('tip', 2)], 3], [optOut, [said(3, { other: true })], 30])).toEqual([
      'tip deferred no_consent on 2',
      'tip deferred window on 3',
      'tip sent due on 3',
    ]);
  });

  test('a category that is no longer legal hears the opt-out of all mail', () => {
    const legal = with_('tips', category('tips', { legal: true }));
    const unaddressed = profile(at(1), { email: '', consents: { all: { granted: false, changed_at: at(1) } } });
    const addressed = profile(at(4), { consents: { all: { granted: false, changed_at: at(1) } } });
    expect(story([legal, [unaddressed, wanted('tip', 2)], 3], [optOut, [addressed], 30])).toEqual([
      'tip deferred no_address on 2',
      'tip dropped opt_out on 4',
    ]);
    expect(story([legal, [unaddressed, wanted('tip', 2), addressed], 30])).toEqual([
      'tip deferred no_address on 2',
      'tip sent due on 4',
    ]);
  });

  test('a category that becomes legal is sent at any hour, beside the cap', () => {
    const legal = with_('tips', category('tips', { legal: true }));
    expect(story([optOut, [said(1, {}), wanted('tip', 2, night)], 3], [legal, [said(3, { other: true })], 30]).at(-1)).toBe(
      'tip sent due on 3',
    );
  });

  test('a renamed category keeps what was said under its old name', () => {
    const renamed = with_('advice', category('advice', { consent: 'opt_out', renamed_from: 'tips' }));
    const begin: [OrchestrationRules, Input[], number] = [optOut, [said(1, {}), wanted('tip', 2, night)], 3];
    expect(story(begin, [renamed, [said(3, { tips: false }, 1)], 30]).at(-1)).toBe('tip dropped opt_out on 3');
    expect(story(begin, [renamed, [said(3, { advice: false }, 1)], 30]).at(-1)).toBe('tip dropped opt_out on 3');
    expect(story([optOut, [said(1, { tips: false })], 3], [renamed, [wanted('tip', 4)], 30])).toEqual([
      'tip dropped opt_out on 4',
    ]);
    const asked = with_('advice', category('advice', { consent: 'opt_in', renamed_from: ['tips'] }));
    expect(story([optOut, [said(1, { tips: true })], 3], [asked, [wanted('tip', 4)], 30])).toEqual(['tip sent due on 4']);
  });

  test('a play of another category asks for the consent of that one', () => {
    const moved = with_('offers', category('tips'), category('offers'));
    const begin: [OrchestrationRules, Input[], number] = [optOut, [said(1, { offers: false }), wanted('tip', 2, night)], 3];
    expect(story(begin, [moved, [wanted('tip', 4)], 30])).toEqual([
      'tip deferred window on 2',
      'tip dropped opt_out on 3',
      'tip dropped opt_out on 4',
    ]);
  });

  test('a category that is removed with its play takes the candidate with it', () => {
    expect(story([optOut, [said(1, {}), wanted('tip', 2, night)], 3], [rulesWith({ plays: [] }), [], 30]).at(-1)).toBe(
      'tip dropped play_removed on 3',
    );
  });
});

test('whatever is said, declared and changed, a sent mail is legal, or has the consent that its category asks for', () => {
  const names = ['a', 'b', 'c'];
  const aCategory = fc.constantFrom<object>({ consent: 'opt_in' }, { consent: 'opt_out' }, { legal: true });
  const aBook = fc
    .tuple(fc.tuple(aCategory, aCategory, aCategory), fc.constantFrom(...names), fc.boolean())
    .map(([policies, of, renamed]) =>
      rulesWith({
        categories: names.map((name, n) =>
          category(name, { ...policies[n], ...(renamed && name === of ? { renamed_from: `old-${name}` } : {}) }),
        ),
        plays: [play('one', of), play('two', 'a', { priority: 50 })],
      }),
    );
  const aWord = fc.record({
    name: fc.constantFrom(...names, 'all', 'old-a', 'old-b'),
    granted: fc.boolean(),
    mail: fc.boolean(),
  });
  const aDay = fc.oneof(
    aWord.map((word) => (day: number): Input => {
      const consents = { [word.name]: { granted: word.granted && !word.mail, changed_at: at(day) } };
      return word.mail ? outcome(at(day), 'unsubscribed', consents) : profile(at(day), { consents });
    }),
    fc.constantFrom('one', 'two').chain((id) => fc.constantFrom(3, 10, 22).map((hour) => (day: number) => wanted(id, day, hour))),
    fc.constant((day: number) => milestone(at(day), 'orders-1')),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(aBook, fc.array(aDay, { maxLength: 8 })), { minLength: 1, maxLength: 4 }), (chapters) => {
      let person: ReturnType<typeof drive>['person'];
      let day = 1;
      const last = new Map<string, boolean>();
      for (const [rules, days] of chapters) {
        const inputs = days.map((make, n) => make(day + n));
        const words = new Map<string, { granted: boolean; at: number }[]>();
        for (const input of inputs)
          if (input.kind === 'record' && (input.topic === 'profiles.v1' || input.topic === 'outcomes.v1'))
            for (const [name, { granted }] of Object.entries(input.data.consents ?? {}))
              words.set(name, [...(words.get(name) ?? []), { granted, at: input.at }]);
        const sayAt = (name: string, when: number): boolean | undefined =>
          words.get(name)?.findLast((word) => word.at <= when)?.granted ?? last.get(name);
        const course = drive(inputs, rules, ms(at(day + days.length, 0)), { from: person });
        for (const { candidate, decision, at: when } of course.decisions) {
          if (decision !== 'sent' || candidate.legal) continue;
          const said_ = rules.categories.get(candidate.category)?.names.map((name) => sayAt(name, when)) ?? [];
          expect(sayAt('all', when)).not.toBe(false);
          if (said_.length === 1) expect(said_[0]).not.toBe(false);
          if (candidate.consent === 'opt_in') expect(said_).toContain(true);
        }
        person = course.person;
        day += days.length;
        for (const [name, list] of words) last.set(name, list.at(-1)?.granted ?? false);
      }
    }),
    { numRuns: 200 },
  );
});
