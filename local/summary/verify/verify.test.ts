import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { personId } from '#contracts';
import type { Evidence, TableEvidence, TopicEvidence } from '../evidence.ts';
import { expectation } from '../oracle/expect.ts';
import { summaryOf } from '../summary.ts';
import { evidenceOf } from '../testing/made-up.ts';
import { problemLine } from './problem.ts';
import { verify } from './verify.ts';

const playbook = readFileSync('examples/shop/playbook.yaml', 'utf8');
const until = '2026-03-31';
/** One who lapses, comes back and has an anniversary, one with a large order, one who comes once. */
const history = `10 20240310 1 60.00
10 20240720 2 60.00
10 20250401 1 20.00
11 20240312 3 600.00
12 20250410 1 9.99`;
const expected = expectation(history, playbook, until);
const right = evidenceOf(expected, playbook);

const checked = (evidence: Evidence) => verify(summaryOf(evidence, 0), expected, evidence);
const names = (evidence: Evidence) => checked(evidence).map(({ check }) => check);
const topics = (change: Partial<TopicEvidence>): Evidence => ({ ...right, topics: { ...right.topics, ...change } });
const tables = (change: Partial<TableEvidence>): Evidence => ({ ...right, tables: { ...right.tables, ...change } });
const without = <T>(list: readonly T[], which: (one: T) => boolean = () => true): T[] => list.toSpliced(list.findIndex(which), 1);
const changed = <T extends object>(list: readonly T[], which: (one: T) => boolean, change: Partial<T>): T[] => {
  const at = list.findIndex(which);
  if (at === -1) throw new Error('there is none to change');
  return list.map((one, n) => (n === at ? { ...one, ...change } : one));
};
const isSent = ({ decision }: { readonly decision: string }) => decision === 'sent';
const { decisions, outcomes, milestones, transitions, events, profiles } = right.topics;
const { mails } = right.tables;
const anniversary = decisions.find(({ decision, date }) => decision === 'sent' && date !== undefined);
const hour = 3_600_000;

test('what is right is accounted for', () => {
  expect(checked(right)).toEqual([]);
  expect(decisions.filter(isSent).length).toBeGreaterThan(6);
  expect(anniversary).toBeDefined();
});

/** One mail was put back, as its mailbox had had its share, and its candidate was sent a day later. */
function withPutBack(): Evidence {
  const sent = decisions.find(({ decision, play }) => decision === 'sent' && play !== 'anniversary')!;
  const mail = mails.find(({ id }) => id === sent.id)!;
  const tallies = new Map(right.tables.tallies);
  const count = (name: string, by: number) => tallies.set(name, (tallies.get(name) ?? 0) + by);
  count('orchestration/decision.sent', 1);
  count('delivery/mails.pending', 1);
  count('sender/mails.pending', -1);
  count('sender/mails.put_back', 1);
  const again = 'again';
  return {
    topics: {
      ...right.topics,
      decisions: [...decisions, { ...sent, id: again, at: sent.at + 24 * hour }],
      outcomes: [
        ...changed(outcomes, ({ messageId }) => messageId === sent.id, { messageId: again }),
        { messageId: sent.id, outcome: 'put_back' },
      ],
    },
    tables: {
      ...right.tables,
      tallies,
      mails: [...changed(mails, ({ id }) => id === sent.id, { state: 'put_back' }), { ...mail, id: again }],
    },
    inbox: changed(right.inbox, ({ messageId }) => messageId.startsWith(sent.id), { messageId: `${again}@shop.example` }),
  };
}

test('a mail that was put back and sent later is accounted for', () => {
  const evidence = withPutBack();
  expect(checked(evidence)).toEqual([]);
  expect(summaryOf(evidence, 0).mails.put_back).toBe(1);
  expect(summaryOf(right, 0).mails).not.toHaveProperty('put_back');
});

test('a mail that was put back and then forgotten is missed', () => {
  const { topics: told, ...rest } = withPutBack();
  const lost = { ...rest, topics: { ...told, decisions: told.decisions.filter(({ id }) => id !== 'again') } };
  expect(names(lost)).toContain('candidates = sent − put back + dropped + open');
  expect(names(lost)).toContain('candidates that ended once or are open');
});

test('two persons with one mailbox and two mails of a day are found', () => {
  const day = decisions.filter(isSent);
  const [one, other] = [day[0]!, day.find(({ person }) => person !== day[0]!.person)!];
  const email = 'one@box.example';
  const both = mails.map((mail) => (mail.id === one.id || mail.id === other.id ? { ...mail, email } : mail));
  const together = decisions.map((decision) => (decision.id === other.id ? { ...decision, at: one.at } : decision));
  const found = checked({ ...right, topics: { ...right.topics, decisions: together }, tables: { ...right.tables, mails: both } });
  expect(found.find(({ check }) => check === 'mails of a local date')?.found).toBe('1 case against it');
});

const takenAway: readonly [what: string, evidence: Evidence, check: string][] = [
  ['a mail of the inbox', { ...right, inbox: without(right.inbox) }, 'accepted mails = mails in the inbox'],
  [
    'a mail of the inbox, another twice',
    { ...right, inbox: [...right.inbox.slice(1), ...right.inbox.slice(-1)] },
    'accepted mails, each once in the inbox',
  ],
  ['a mail row', tables({ mails: without(mails) }), 'one mail for each sent decision'],
  ['an outcome', topics({ outcomes: without(outcomes) }), 'outcome `accepted`, once for each accepted mail'],
  ['a milestone on the topic', topics({ milestones: without(milestones) }), 'milestone orders-1'],
  [
    'an anniversary on the topic',
    topics({ milestones: without(milestones, ({ date }) => date !== undefined) }),
    'milestone first-purchase-anniversary',
  ],
  [
    'a milestone row',
    tables({ reached: new Map([...right.tables.reached].slice(1)) }),
    'milestones in the table = milestones on the topic',
  ],
  ['a sent decision', topics({ decisions: without(decisions, isSent) }), 'one mail for each sent decision'],
  [
    'a candidate with all its decisions',
    topics({ decisions: decisions.filter(({ candidate }) => candidate !== decisions[0]?.candidate) }),
    'one candidate for each milestone with a play and each entry into a stage with one',
  ],
  ['a transition', topics({ transitions: without(transitions) }), 'stage transitions'],
  ['a stage row', tables({ stages: new Map([...right.tables.stages].slice(1)) }), 'stages now'],
  ['an event', topics({ events: without(events) }), 'orders on events'],
  ['a profile', topics({ profiles: without(profiles) }), 'people on profiles'],
  ['a person row', tables({ persons: 2 }), 'people in the table of profiles'],
  ['a call', topics({ collected: right.topics.collected - 1 }), 'collected = accepted + duplicates + dead letters'],
  ['the last clock record', topics({ clock: { from: expected.from, to: expected.end - hour } }), 'virtual time'],
  [
    'a counter',
    tables({ tallies: new Map([...right.tables.tallies].filter(([name]) => name !== 'stages/stage.active')) }),
    'counters',
  ],
];

test.each(takenAway)('taken away: %s', (_, evidence, check) => {
  const problem = checked(evidence).find((one) => one.check === check);
  expect(problem).toBeDefined();
  expect(problemLine(problem!)).toMatch(/: expected .+, found .+/);
});

const doubled: readonly [what: string, evidence: Evidence, check: string][] = [
  [
    'a mail in the inbox',
    { ...right, inbox: [...right.inbox, ...right.inbox.slice(0, 1)] },
    'mails in the inbox = their distinct message ids',
  ],
  ['a milestone', topics({ milestones: [...milestones, ...milestones.slice(0, 1)] }), 'milestone orders-1'],
  [
    'a sent decision',
    topics({ decisions: [...decisions, { ...decisions.find(isSent)!, id: 'another' }] }),
    'candidates that ended once or are open',
  ],
  [
    'an accepted outcome',
    topics({ outcomes: [...outcomes, ...outcomes.slice(0, 1)] }),
    'outcome `accepted`, once for each accepted mail',
  ],
  ['a transition', topics({ transitions: [...transitions, ...transitions.slice(0, 1)] }), 'stage transitions'],
  [
    'an accepted call',
    tables({ tallies: new Map([...right.tables.tallies, ['identity/accepted', 9]]) }),
    'accepted events = orders + identifies',
  ],
];
test.each(doubled)('too much: %s', (_, evidence, check) => {
  expect(names(evidence)).toContain(check);
});

const moved = (at: (sentAt: number) => number): Evidence =>
  topics({ decisions: decisions.map((one) => (isSent(one) && one.date === undefined ? { ...one, at: at(one.at) } : one)) });
const wrong: readonly [what: string, evidence: Evidence, check: string][] = [
  ['mails at night', moved((at) => at + 12 * hour), 'hours of sent decisions'],
  ['all mails on one day', moved(() => decisions.find(isSent)!.at), 'mails of a local date'],
  ['mails too late', moved((at) => at + 15 * 24 * hour), 'age of sent decisions'],
  [
    'an anniversary of the day before',
    topics({ decisions: changed(decisions, ({ id }) => id === anniversary?.id, { date: '2025-01-01' }) }),
    'local dates of anniversary mails',
  ],
  [
    'an anniversary at another instant',
    topics({ decisions: changed(decisions, ({ id }) => id === anniversary?.id, { occurredAt: anniversary!.occurredAt - hour }) }),
    'local dates of anniversary mails',
  ],
  ['a milestone an hour late', topics({ milestones: changed(milestones, () => true, { at: 0 }) }), 'milestone orders-1'],
  [
    'a person in another stage',
    tables({ stages: new Map([...right.tables.stages, [personId('10'), 'elsewhere']]) }),
    'stages now',
  ],
  [
    'a mail to somebody else',
    tables({ mails: changed(mails, () => true, { email: 'somebody@real.example' }) }),
    'addresses of mails',
  ],
  [
    'an inbox mail to somebody else',
    { ...right, inbox: changed(right.inbox, () => true, { to: ['somebody@real.example'] }) },
    'addresses of mails',
  ],
  [
    'a person without the mark of the replay',
    topics({ profiles: changed(profiles, () => true, { replayed: false }) }),
    'marks of the replay',
  ],
  ['a mail that is still to be sent', tables({ mails: changed(mails, () => true, { state: 'data' }) }), 'mails pending'],
  [
    'an accepted mail that bounced',
    tables({ mails: changed(mails, () => true, { state: 'bounced' }) }),
    'accepted mails = mails in the inbox',
  ],
  [
    'a dead letter',
    topics({ deadLetters: [{ service: 'stages', processor: 'stages', topic: 'events.v1', reason: 'why', key: 'who' }] }),
    'dead letters',
  ],
];
test.each(wrong)('wrong: %s', (_, evidence, check) => {
  expect(names(evidence)).toContain(check);
});

test('a third behaviour mail of a month is one too many', () => {
  const [first, ...others] = decisions.filter(({ person, trigger }) => person === personId('11') && /orders|spend/.test(trigger));
  expect(others.length).toBeGreaterThan(1);
  const sentDaily = [first!, ...others].map((one, n) => ({
    ...one,
    decision: 'sent',
    at: first!.occurredAt - ((first!.occurredAt / hour) % 24) * hour + n * 24 * hour,
  }));
  expect(names(topics({ decisions: [...decisions.filter(({ person }) => person !== personId('11')), ...sentDaily] }))).toContain(
    'behaviour-milestone mails of a local month',
  );
});

test('a mail in doubt may be in the inbox or not, once', () => {
  const doubted = tables({
    mails: changed(mails, () => true, { state: 'in_doubt' }),
    tallies: new Map([...right.tables.tallies, ['sender/mails.accepted', mails.length - 1], ['sender/mails.in_doubt', 1]]),
  });
  const evidence = {
    ...doubted,
    topics: { ...right.topics, outcomes: outcomes.filter(({ messageId }) => messageId !== mails[0]?.id) },
  };
  const { inbox } = right;
  const isIt = ({ messageId }: { readonly messageId: string }) => messageId.startsWith(`${String(mails[0]?.id)}@`);
  expect(checked(evidence)).toEqual([]);
  expect(checked({ ...evidence, inbox: without(inbox, isIt) })).toEqual([]);
  expect(names({ ...evidence, inbox: without(inbox, (mail) => !isIt(mail)) })).toContain(
    'accepted mails, each once in the inbox',
  );
  expect(names({ ...evidence, inbox: [...inbox, ...inbox.filter(isIt)] })).toContain(
    'mails in the inbox = their distinct message ids',
  );
});

const anyHistory = fc.array(
  fc.record({
    customer: fc.integer({ min: 1, max: 6 }),
    day: fc.integer({ min: 0, max: 900 }),
    cents: fc.integer({ min: 0, max: 60_000 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const fileOf = (rows: readonly { customer: number; day: number; cents: number }[]) =>
  rows
    .map(
      ({ customer, day, cents }) =>
        `${String(customer)} ${new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', '')} 1 ${(cents / 100).toFixed(2)}`,
    )
    .join('\n');

test('of any history: the rules done right are accounted for, and any one message, row or mail less is not', () => {
  fc.assert(
    fc.property(anyHistory, fc.nat(), (rows, pick) => {
      const wanted = expectation(fileOf(rows), playbook, until);
      const evidence = evidenceOf(wanted, playbook);
      expect(verify(summaryOf(evidence, 0), wanted, evidence)).toEqual([]);

      const less = <T>(list: readonly T[]): T[] => list.filter((_, n) => n !== pick % list.length);
      const { topics: t, tables: rest, inbox } = evidence;
      const lessened: Evidence[] = [
        { ...evidence, topics: { ...t, milestones: less(t.milestones) } },
        { ...evidence, topics: { ...t, transitions: less(t.transitions) } },
        {
          ...evidence,
          topics: {
            ...t,
            decisions: t.decisions.filter((one) => one !== t.decisions.filter(({ decision }) => decision !== 'deferred')[0]),
          },
        },
        ...(inbox.length === 0
          ? []
          : [
              { ...evidence, inbox: less(inbox) },
              { ...evidence, tables: { ...rest, mails: less(rest.mails) } },
            ]),
      ];
      for (const one of lessened) expect(verify(summaryOf(one, 0), wanted, one)).not.toEqual([]);
    }),
    { numRuns: 60 },
  );
});
