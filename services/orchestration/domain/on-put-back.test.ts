import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drive, type Decided } from '../testing/drive.ts';
import { milestone, ms, outcome, plays, profile, putBack, rulesWith, stage } from '../testing/given.ts';
import type { Input } from './input.ts';

const rules = rulesWith();
const start = '2026-03-10T10:00:00.000Z';
const end = ms('2026-06-01T00:00:00.000Z');
const life = [profile('2026-03-01T00:00:00.000Z'), milestone(start, 'orders-1')];
const course = (inputs: readonly Input[], by = rules) => drive(inputs, by, end);
const lines = (decisions: readonly Decided[]): string[] =>
  decisions.map(({ decision, reason, at, last_reason, candidate }) =>
    [candidate.play, decision, reason, last_reason, new Date(at).toISOString().slice(0, 16)].filter(Boolean).join(' '),
  );
const sentOf = (inputs: readonly Input[]): Decided => course(inputs).decisions.find(({ decision }) => decision === 'sent')!;
/** A minute after its decision, as a rule. */
const back = (sent: Decided, reason = 'mailbox_daily', at = sent.at + 60_000): Input =>
  putBack(new Date(at).toISOString(), sent, reason);

describe('a mail that delivery puts back', () => {
  test('is deferred to the next local day and sent then, once', () => {
    const inputs = [...life, back(sentOf(life))];
    const { decisions, tally, person } = course(inputs);
    expect(lines(decisions)).toEqual([
      'regular sent due 2026-03-10T10:00',
      'regular deferred mailbox_daily 2026-03-10T10:01',
      'regular sent due 2026-03-11T08:00',
    ]);
    expect(decisions[1]?.next_try).toBe('2026-03-11T08:00:00.000Z');
    const [first, , second] = decisions;
    expect({ ...second, at: 0, numbers: {} }).toEqual({ ...first, at: 0, numbers: {} });
    expect(tally).toMatchObject({ candidates: 1, 'decision.sent': 2, 'decision.deferred': 1 });
    expect([tally['open'], person?.open]).toEqual([0, []]);
  });

  test('is deferred to the next local month where the month of its mailbox is full', () => {
    const long = rulesWith({ plays: plays.map((play) => ({ ...play, not_after: '40d' })) });
    const sent = course(life, long).decisions[0]!;
    expect(lines(course([...life, back(sent, 'mailbox_monthly')], long).decisions).slice(1)).toEqual([
      'regular deferred mailbox_monthly 2026-03-10T10:01',
      'regular sent due 2026-04-01T07:00',
    ]);
  });

  test('counts no more under the caps of its person', () => {
    const sent = sentOf(life);
    const later = [milestone('2026-03-10T12:00:00.000Z', 'spend-1'), milestone('2026-03-12T12:00:00.000Z', 'orders-2')];
    expect(lines(course([...life, back(sent), ...later]).decisions)).toEqual([
      'regular sent due 2026-03-10T10:00',
      'regular deferred mailbox_daily 2026-03-10T10:01',
      'spender sent due 2026-03-10T12:00',
      'regular sent due 2026-03-11T08:00',
      'regular deferred milestone_monthly_cap 2026-03-12T12:00',
      'regular dropped expired milestone_monthly_cap 2026-03-19T12:00',
    ]);
  });

  test('is heard once, however often it is told', () => {
    const sent = sentOf(life);
    const often = [back(sent), back(sent), back(sent, 'mailbox_daily', ms('2026-03-20T10:00:00.000Z'))];
    expect(lines(course([...life, ...often]).decisions)).toEqual(lines(course([...life, back(sent)]).decisions));
  });

  test.each<[string, Input[], string]>([
    ['its time is over', [], 'regular dropped expired mailbox_daily'],
    [
      'the person opted out',
      [outcome('2026-03-10T10:00:30.000Z', 'unsubscribed', { all: { granted: false, changed_at: start } })],
      'regular dropped opt_out mailbox_daily',
    ],
  ])('is dropped where %s meanwhile', (what, meanwhile, line) => {
    const at = what === 'its time is over' ? ms('2026-03-18T10:00:00.000Z') : undefined;
    const { decisions } = course([...life, ...meanwhile, back(sentOf(life), 'mailbox_daily', at)]);
    expect(lines(decisions)).toHaveLength(2);
    expect(lines(decisions)[1]).toContain(line);
  });

  test('is dropped where its reason is gone: an exit that came after the decision counts', () => {
    const lapsed = [profile('2026-03-01T00:00:00.000Z'), stage(start, 'active', 'lapsed')];
    const exit = stage('2026-03-10T10:00:20.000Z', 'lapsed', 'active');
    const { decisions } = course([...lapsed, exit, back(sentOf(lapsed))]);
    expect(lines(decisions)).toEqual([
      'win-back sent due 2026-03-10T10:00',
      'win-back dropped exit mailbox_daily 2026-03-10T10:01',
    ]);
  });

  test('is dropped where its play has been removed, and follows a play that was changed', () => {
    const sent = sentOf(life);
    const without = rulesWith({ plays: plays.filter((play) => (play as { id: string }).id !== 'regular') });
    expect(lines(course([life[0]!, back(sent)], without).decisions)).toEqual([
      'regular dropped play_removed mailbox_daily 2026-03-10T10:01',
    ]);
    const urgent = rulesWith({ plays: plays.map((play) => ({ ...play, priority: 777 })) });
    expect(course([life[0]!, back(sent)], urgent).decisions.map(({ candidate }) => candidate.priority)).toEqual([777, 777]);
  });

  test('an outcome without its candidate does nothing', () => {
    expect(course([...life, outcome('2026-03-10T10:01:00.000Z', 'put_back')]).decisions).toHaveLength(1);
  });
});

test('whatever is put back and when, each candidate ends once or is open, and is never sent twice for one put-back', () => {
  const happening = fc
    .tuple(fc.integer({ min: 0, max: 24 * 40 }), fc.constantFrom('orders-1', 'orders-2', 'spend-1', 'anniversary'), fc.uuid())
    .map(([hours, name, id]) => milestone(new Date(ms(start) + hours * 3_600_000).toISOString(), name, { id }));
  const lateness = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 60 * 24 * 9 }), fc.boolean()), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(happening, { minLength: 1, maxLength: 10 }), lateness, (happenings, late) => {
      let inputs: Input[] = [life[0]!, ...happenings].toSorted((a, b) => a.at - b.at);
      let backs = 0;
      let told = 0;
      for (const [which, minutes, twice] of late) {
        // A mail is put back once, after its decision; what is told later changes no decision before it.
        const sent = course(inputs).decisions.filter(({ decision, at }) => decision === 'sent' && at >= told);
        const one = sent[which % Math.max(1, sent.length)];
        if (one === undefined) break;
        told = one.at + minutes * 60_000;
        const heard = back(one, 'mailbox_daily', told);
        inputs = [...inputs, heard, ...(twice ? [heard] : [])].toSorted((a, b) => a.at - b.at);
        backs += 1;
      }
      const { decisions, tally, person } = course(inputs);
      const dropped = decisions.filter(({ decision }) => decision === 'dropped').length;
      const sent = decisions.filter(({ decision }) => decision === 'sent').length;
      expect(tally['candidates'] ?? 0).toBe(sent - backs + dropped + (person?.open.length ?? 0));
      expect(tally['open'] ?? 0).toBe(person?.open.length ?? 0);
    }),
    { numRuns: 150 },
  );
});
