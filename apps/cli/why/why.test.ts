import { describe, expect, test } from '@jest/globals';
import {
  callId,
  collected,
  contracts,
  events,
  hits,
  identified,
  messages,
  milestones,
  outcomes,
  personId,
  profiles,
  scores,
  stages,
  topicOf,
  type Contract,
} from '#contracts';
import { hideSecrets } from '#facts';
import { partitionOf, type LogRecord } from '#stream';
import type { Reader } from '../read-to-end.ts';
import { findPerson } from './find-person.ts';
import { historyOf, withCalls } from './history.ts';
import { eventsBehind, storyOf, type Story } from './story.ts';
import { storyText } from './story-text.ts';
import { v5 } from 'uuid';

const partitions = 4;
const ada = personId('ada');
const id = (name: string): string => v5(name, ada);
const at = '2026-03-01T12:00:00.000Z';
const rule = { id: 'r', version: 'abc' };

/** A log in memory that gives everything it has, each record twice. */
class MemoryLog implements Reader {
  private readonly topics = new Map(
    contracts.map((c) => [topicOf('hito', c), Array.from({ length: partitions }, (): LogRecord[] => [])]),
  );

  put(
    contract: Contract,
    key: string,
    data: { id: string } & Record<string, unknown>,
  ): { id: string; topic: string; partition: number; offset: number } {
    contract.schema.parse(data);
    const partition = partitionOf(key, partitions);
    const records = this.topics.get(topicOf('hito', contract))?.[partition] ?? [];
    const offset = records.length;
    for (const again of [0, 1])
      records.push({ offset: offset + again, key, value: Buffer.from(JSON.stringify(data)), headers: {} });
    return { id: data.id, topic: contract.name, partition, offset };
  }
  ends = (names: readonly string[]) =>
    Promise.resolve(new Map(names.map((n) => [n, this.topics.get(n)?.map((records) => records.length) ?? []])));
  partitionCounts = (names: readonly string[]) => Promise.resolve(new Map(names.map((n) => [n, partitions])));
  starts = (names: readonly string[]) =>
    Promise.resolve(new Map(names.map((n) => [n, Array.from({ length: partitions }, () => 0)])));
  tail: Reader['tail'] = (topic, options, onRecords) => {
    for (const partition of options.partitions ?? [])
      setImmediate(() => onRecords(partition, this.topics.get(topic)?.[partition] ?? []));
    return Promise.resolve({ stop: () => Promise.resolve() });
  };
}

/** Ada's third order crosses a milestone; the mail waits for the morning, is sent, accepted and opened. */
function journey(): MemoryLog {
  const log = new MemoryLog();
  const derived = (name: string, cause: object) => ({ id: id(name), person_id: ada, at, cause });
  const call = {
    source: 'shop',
    message_id: 'm1',
    type: 'track',
    user_id: 'ada',
    event: 'Order Completed',
    properties: { id: id('decoy'), revenue: 29.33 },
    occurred_at: at,
  };
  const c = log.put(collected, 'anonymous-1', { ...call, id: callId('shop', 'm1'), at });
  const i = log.put(identified, ada, { ...call, ...derived('identified', c) });
  log.put(profiles, ada, {
    ...derived('profile', i),
    user_id: 'ada',
    email: 'Ada@Example.org',
    traits: {},
    consents: {},
    replayed: false,
  });
  const e = log.put(events, ada, {
    ...derived('event', i),
    event: 'Order Completed',
    moment: at,
    moment_source: 'claimed',
    source: 'shop',
    message_id: 'm1',
    user_id: 'ada',
    properties: call.properties,
  });
  log.put(scores, ada, {
    ...derived('score', e),
    engagement: 40,
    fit: 0,
    total: 40,
    band: 'hot',
    previous_band: 'warm',
    rule: { id: 'purchase', version: 'abc' },
    points: 10,
    parts: [
      { rule: 'purchase', points: 8 },
      { rule: 'large', points: 2 },
    ],
  });
  const m = log.put(milestones, ada, {
    ...derived('milestone', e),
    milestone: 'orders-3',
    kind: 'count',
    nature: 'behaviour',
    occurrence: '1',
    significance: 'minor',
    occurred_at: at,
    value: 3,
    threshold: 3,
    aggregates: { count: 3 },
    rule,
  });
  const wake = { id: id('wake'), processor: 'stages', wake_at: '2026-05-30T12:00:00.000Z' };
  const s = log.put(stages, ada, {
    ...derived('stage', wake),
    from: 'active',
    to: 'lapsed',
    occurred_at: wake.wake_at,
    rule: { id: 'quiet', version: 'abc' },
    evidence: { event_id: e.id, since: at, quiet_ms: 90 * 86_400_000 },
  });
  const birthday = { id: id('birthday wake'), processor: 'milestones', wake_at: '2027-02-28T23:00:00.000Z' };
  const y = log.put(milestones, ada, {
    ...derived('anniversary', birthday),
    milestone: 'year',
    kind: 'anniversary',
    nature: 'natural',
    occurrence: '1',
    significance: 'major',
    occurred_at: birthday.wake_at,
    value: 1,
    threshold: 1,
    aggregates: { count: 3, first_at: at, local_date: '2027-03-01' },
    rule: { id: 'year', version: 'abc' },
  });
  const numbers = {
    zone: 'Europe/Madrid',
    local: '2026-03-01T13:00:00',
    window_from: '09:00',
    window_to: '20:00',
    sent_today: 0,
    daily_cap: 1,
    behaviour_this_month: 0,
    monthly_cap: 2,
  };
  const candidate = (name: string, play: string, cause: object) => ({
    id: id(name),
    play,
    category: 'milestone',
    behaviour: true,
    priority: 50,
    occurred_at: at,
    not_after: '2026-03-08T12:00:00.000Z',
    cause,
    trigger: { topic: 'milestones.v1', name: play },
  });
  const rivals = [id('orders'), id('winback')];
  const decide = (name: string, decision: string, reason: string, extra: object = {}) => ({
    ...derived(name, m),
    decision,
    candidate: candidate('orders', 'orders-3', m),
    reason,
    rivals,
    rivals_count: 2,
    numbers,
    rule: { id: 'orders-3', version: 'abc' },
    replayed: false,
    ...extra,
  });
  log.put(messages, ada, decide('deferred', 'deferred', 'window', { next_try: '2026-03-02T08:00:00.000Z' }));
  log.put(messages, ada, decide('sent', 'sent', 'due', { at: '2026-03-02T08:00:00.000Z', template: 'orders' }));
  log.put(messages, ada, {
    ...decide('winback', 'deferred', 'daily', { at: '2026-03-02T08:00:00.000Z' }),
    candidate: candidate('winback', 'winback', s),
  });
  log.put(messages, ada, {
    ...decide('cake', 'dropped', 'opt_out', { at: birthday.wake_at, rivals: [], rivals_count: 0 }),
    candidate: candidate('cake', 'cake', y),
  });
  const mail = { message_id: id('sent'), play: 'orders-3', category: 'milestone', occurred_at: '2026-03-02T08:00:05.000Z' };
  log.put(outcomes, ada, { ...derived('accepted', m), ...mail, outcome: 'accepted', attempt: 1, smtp_reply: '250 OK' });
  log.put(hits, ada, { id: id('hit'), person_id: ada, message_id: id('sent'), at: '2026-03-02T09:00:00.000Z', kind: 'open' });
  log.put(outcomes, ada, {
    ...derived('opened', m),
    ...mail,
    occurred_at: '2026-03-02T09:00:00.000Z',
    outcome: 'opened',
    verdict: 'human',
  });
  log.put(outcomes, ada, { ...derived('other', m), ...mail, message_id: id('another mail'), outcome: 'bounced' });
  log.put(profiles, personId('eve'), {
    ...derived('eve', i),
    person_id: personId('eve'),
    email: 'eve@example.org',
    traits: {},
    consents: {},
    replayed: false,
  });
  return log;
}

async function tell(text: string): Promise<Story> {
  const log = journey();
  const subject = await findPerson(log, 'hito', partitions, text);
  const known = await historyOf(log, 'hito', partitions, subject.personId);
  return storyOf(await withCalls(log, 'hito', partitions, known, eventsBehind(known, subject.candidateId)), subject.candidateId);
}

describe('why', () => {
  test.each([
    ['person id', ada],
    ['user id', 'ada'],
    ['e-mail address', 'ada@example.ORG'],
  ])('finds a person by %s', async (_, text) => {
    const story = await tell(text);
    expect(story.personId).toBe(ada);
    expect(story.candidates).toHaveLength(3);
  });

  test.each([`<${id('sent')}@shop.example>`, `${id('sent').toUpperCase()}@shop.example`])(
    'finds a mail by its header, %s',
    async (text) => {
      expect((await tell(text)).candidates.map(({ messageId }) => messageId)).toEqual([id('sent')]);
    },
  );

  test('an anniversary is told from the event that its years count from', async () => {
    const cake = (await tell('ada')).candidates.find(({ candidateId }) => candidateId === id('cake'));
    expect(cake?.steps.filter((s) => !s.aside).map((s) => s.what)).toEqual([
      'collected',
      'identified',
      'event',
      'timer',
      'milestone',
      'dropped',
    ]);
    expect(cake?.steps.findLast((s) => s.what === 'milestone')?.says).toContain(
      "number 1, on the person's 2027-03-01; 3 events so far",
    );
  });

  test('of a mail tells click → score, milestone → decisions → what became of it, each once', async () => {
    const { candidates } = await tell(id('sent'));
    expect(candidates).toHaveLength(1);
    const [mail] = candidates;
    expect(mail?.messageId).toBe(id('sent'));
    expect(mail?.steps.map((s) => (s.aside ? `and ${s.what}` : s.what))).toEqual([
      'collected',
      'identified',
      'event',
      'and score',
      'milestone',
      'deferred',
      'sent',
      'accepted',
      'hit',
      'opened',
    ]);
  });

  test('a score shows its rule, and each where several moved it', async () => {
    const score = (await tell(id('sent'))).candidates[0]?.steps.find((s) => s.what === 'score');
    expect(score?.says).toBe('+10 by rule purchase@abc (purchase +8, large +2): total 40 (behaviour 40, fit 0), warm → hot');
  });

  test('a decision shows rule, numbers and rivals with their fate', async () => {
    const sent = (await tell(id('sent'))).candidates[0]?.steps.find((s) => s.what === 'sent');
    expect(sent?.says).toContain('rule orders-3@abc');
    expect(sent?.says).toContain('in Europe/Madrid, window 09:00–20:00; 0 of 1 today, 0 of 2 about behaviour');
    expect(sent?.says).toContain('1. orders-3, priority 50, until 2026-03-08T12:00:00.000Z (this)');
    expect(sent?.says).toContain('2. winback, priority 50, until 2026-03-08T12:00:00.000Z (deferred: daily)');
  });

  test('a stage that time brought about is told from the event that the silence counts from', async () => {
    const winback = (await tell('ada')).candidates.find(({ candidateId }) => candidateId === id('winback'));
    expect(winback?.steps.filter((s) => !s.aside).map((s) => s.what)).toEqual([
      'collected',
      'identified',
      'event',
      'timer',
      'stage',
      'deferred',
    ]);
  });

  test('shows no secret of an event, declared or by its name, of the call or of what it became', async () => {
    const log = journey();
    const properties = {
      voucher: 'ABC-123',
      reset_url: 'https://shop.example/in',
      deep: [{ password: 'hunter2' }],
      size: 'XL-77',
    };
    const call = { source: 'shop', message_id: 'm9', type: 'track', user_id: 'ada', event: 'Gift', properties, occurred_at: at };
    const c = log.put(collected, 'ada', { ...call, id: callId('shop', 'm9'), at });
    const i = log.put(identified, ada, { ...call, id: id('gift call'), person_id: ada, at, cause: c });
    const { type: _type, occurred_at: moment, ...event } = call;
    const e = log.put(events, ada, { ...event, moment, moment_source: 'claimed', id: id('gift'), person_id: ada, at, cause: i });
    const hide = (value: unknown): unknown => hideSecrets(value, new Set(['voucher']));
    const known = await historyOf(log, 'hito', partitions, ada, hide);
    const { entries } = await withCalls(log, 'hito', partitions, known, new Set([e.id]), hide);
    for (const topic of ['collected.v1', 'identified.v1', 'events.v1'])
      expect(JSON.stringify(entries.filter((entry) => entry.topic === topic))).toContain('XL-77');
    expect(JSON.stringify(entries)).not.toMatch(/ABC-123|shop\.example\/in|hunter2/);
  });

  test('in the terminal', async () => {
    const text = storyText(await tell('ada'));
    expect(text).toContain(`Mail ${id('sent')}  orders-3 (milestone): sent`);
    expect(text).toMatch(/accepted +attempt 1, 250 OK/);
    expect(text).not.toContain('bounced');
  });

  test('what retention took is said', async () => {
    const known = await historyOf(journey(), 'hito', partitions, ada);
    const story = storyOf({ ...known, entries: known.entries.filter(({ topic }) => topic !== 'identified.v1') }, id('orders'));
    expect(story.candidates[0]?.steps[0]).toMatchObject({
      what: 'gone',
      says: expect.stringMatching(/^identified\.v1 \d\/0 is no longer/),
    });
  });
});
