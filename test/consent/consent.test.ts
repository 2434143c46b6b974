import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hits, identified, messages, outcomes, profiles, type DataOf } from '#contracts';
import { mailRefusal } from '#facts';
import { parsePlaybook } from '#playbook';
import { v5 as uuidv5 } from 'uuid';
import { collect } from '../../services/ingestion/domain/collect.ts';
import { profile } from '../../services/ingestion/profile.processor.ts';
import { delivery } from '../../services/delivery/delivery.processor.ts';
import { rulesOf as deliveryRules } from '../../services/delivery/rules.ts';
import { orchestrationProcessor } from '../../services/orchestration/orchestration.processor.ts';
import { rulesOf } from '../../services/orchestration/domain/rules.ts';
import { unsealed } from '../../services/orchestration/testing/unsealed.ts';

const playbook = parsePlaybook(
  JSON.stringify({
    name: 'Consent',
    defaults: { zone: 'UTC', locale: 'en' },
    sending: { window: { from: '00:00', to: '23:59' }, daily_cap: 10_000 },
    scoring: { half_life: '30d', bands: [{ id: 'cold', from: 0 }] },
    stages: { initial: 'active', names: ['active'], transitions: [] },
    categories: [{ id: 'news', title: { en: 'news' }, consent: 'opt_out' }],
    plays: [
      {
        id: 'news',
        on: { event: 'News Wanted' },
        category: 'news',
        entry: 'always',
        priority: 1,
        not_after: '2d',
        template: 'news',
      },
    ],
  }),
);
const rules = rulesOf(playbook, unsealed);
const deliver = deliveryRules(playbook);
const start = Date.parse('2026-03-01T12:00:00.000Z');
const second = 1_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const id = (name: string): string => uuidv5(name, '6ba7b810-9dad-11d1-80b4-00c04fd430c8');
const person = id('u');

type Service = 'profile' | 'orchestration' | 'delivery';
interface Letter {
  readonly due: number;
  readonly to: Service;
  readonly topic: string;
  readonly at: number;
  readonly data: unknown;
}
/** What a person, a site or a clock does; `lag`: seconds that each hop behind it takes. */
interface Act {
  readonly does: 'yes' | 'no' | 'grants' | 'unsubscribes' | 'wants';
  readonly device: string;
  readonly skew: number;
  readonly lag: readonly number[];
}
const schemas = { identified, profiles, messages, outcomes, hits };

/** Three services, each with its state, and letters between them that take their time; of one kind they keep their order. */
class Town {
  readonly states: Record<Service, unknown> = { profile: undefined, orchestration: undefined, delivery: undefined };
  private readonly letters: Letter[] = [];
  private readonly last = new Map<string, number>();
  private count = 0;
  mails: string[] = [];

  send(to: Service, topic: keyof typeof schemas, at: number, due: number, data: object): void {
    const known = `${topic} ${to}`;
    const inOrder = Math.max(due, this.last.get(known) ?? due);
    this.last.set(known, inOrder);
    const own = id(String(this.count++));
    const derived = { id: own, person_id: person, at: iso(at), cause: { id: own } };
    this.letters.push({ due: inOrder, to, topic: `${topic}.v1`, at, data: schemas[topic].schema.parse({ ...derived, ...data }) });
  }

  /** Delivers what is due until an instant; each letter's answers go on with a lag of their own. */
  until(now: number, lag: () => number): void {
    for (;;) {
      const [next] = this.letters.filter(({ due }) => due <= now).sort((a, b) => a.due - b.due);
      if (next === undefined) return;
      this.letters.splice(this.letters.indexOf(next), 1);
      this.take(next, lag);
    }
  }

  private take({ to, topic, at, data, due }: Letter, lag: () => number): void {
    const message = { kind: 'record', topic, key: person, id: (data as { id: string }).id, at, data } as never;
    const state = this.states[to] as never;
    const answers =
      to === 'profile'
        ? [profile.decide(state, message, undefined)]
        : to === 'delivery'
          ? [delivery.decide(state, message, deliver)]
          : this.judged(orchestrationProcessor.decide(state, message, rules), at);
    for (const { state: after, emit = [] } of answers) {
      this.states[to] = after === undefined ? undefined : JSON.parse(JSON.stringify(after));
      for (const { contract, data: said } of emit) {
        const name = contract.name.replace('.v1', '') as keyof typeof schemas;
        if (name === 'profiles')
          for (const reader of ['orchestration', 'delivery'] as const) this.send(reader, name, at, due + lag(), said);
        // Feedback is dated by the task that takes it, whose clock may be behind.
        if (name === 'outcomes')
          for (const reader of ['profile', 'orchestration'] as const) this.send(reader, name, at - lag(), due + lag(), said);
        if (name === 'messages') this.send('delivery', name, at, due + lag(), said);
        if (contract.name === 'events.v1') this.event(said, at, due + lag());
      }
    }
    for (const { effects = [] } of answers)
      for (const effect of effects) if (effect.kind === 'mail' && effect.suppressed === undefined) this.mails.push(effect.id);
  }

  private event(event: object, at: number, due: number): void {
    const own = id(`event ${String(this.count++)}`);
    this.letters.push({
      due,
      to: 'orchestration',
      topic: 'events.v1',
      at,
      data: { id: own, person_id: person, at: iso(at), cause: { id: own }, ...event },
    });
  }

  /** Orchestration's answer and that of the wake which follows it. */
  private judged(
    first: ReturnType<typeof orchestrationProcessor.decide>,
    at: number,
  ): ReturnType<typeof orchestrationProcessor.decide>[] {
    if (first.state === undefined) return [first];
    const wake = { kind: 'wake', key: person, id: id(`wake ${String(this.count++)}`), named: at, at } as const;
    return [first, orchestrationProcessor.decide(first.state, wake, rules)];
  }
}

const call = (item: object, at: number): DataOf<typeof identified> => {
  const verdict = collect({ userId: 'u', messageId: String(at), ...item }, { source: 'web', arrivedAt: at });
  if (!verdict.accepted) throw new Error(verdict.reason);
  return verdict.value as never;
};

function perform(town: Town, { does, device, skew }: Act, now: number, due: number): void {
  const timestamp = iso(now + skew * second);
  const said = { anonymousId: device, timestamp };
  const identify = (granted: boolean) => ({
    ...said,
    type: 'identify',
    traits: { email: 'ana@shop.example', consents: { news: granted } },
  });
  if (does === 'unsubscribes')
    town.send('delivery', 'hits', now, now, { at: iso(now), message_id: id('mail'), kind: 'unsubscribe', category: 'news' });
  else if (does === 'grants')
    town.send(
      'profile',
      'identified',
      now,
      due,
      call({ ...said, type: 'track', event: 'Consent Granted', properties: { category: 'news' } }, now),
    );
  else if (does === 'wants')
    town.send('profile', 'identified', now, due, call({ ...said, type: 'track', event: 'News Wanted' }, now));
  else town.send('profile', 'identified', now, due, call(identify(does === 'yes'), now));
}

const act: fc.Arbitrary<Act> = fc.record({
  does: fc.constantFrom('yes', 'no', 'grants', 'unsubscribes', 'wants'),
  device: fc.constantFrom('phone', 'laptop'),
  skew: fc.oneof(fc.constantFrom(0), fc.integer({ min: -100_000, max: 250 })),
  lag: fc.array(fc.nat(20), { minLength: 3, maxLength: 3 }),
});

test('whatever lags behind, who said no last is not mailed, and all services come to the same word', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 14 }), (acts) => {
      const town = new Town();
      let hop = 0;
      const lags = [0, ...acts.flatMap(({ lag }) => lag)];
      const lag = (): number => (lags[hop++ % lags.length] ?? 0) * second;
      let now = start;
      town.send('profile', 'identified', now, now, call({ type: 'identify', traits: { email: 'ana@shop.example' } }, now));
      for (const one of acts) {
        now += 3 * second;
        perform(town, one, now, now + lag());
        town.until(now, lag);
      }
      const lastWord = acts.findLast(({ does }) => does !== 'wants' && does !== 'yes' && does !== 'grants');
      const saidNo =
        lastWord !== undefined && !acts.slice(acts.lastIndexOf(lastWord)).some(({ does }) => does === 'yes' || does === 'grants');
      town.until(now + 1e9, lag);
      town.mails = [];
      now += 2e6;
      perform(town, { does: 'wants', device: 'phone', skew: 0, lag: [] }, now, now);
      town.until(now + 1e9, lag);
      if (saidNo) expect(town.mails).toEqual([]);
      const views = [town.states.orchestration, town.states.delivery].map(
        (state) => (state as { consents?: object }).consents ?? {},
      );
      const policy = rules.categories.get('news');
      const words = views.map((view) => policy && mailRefusal(view as never, policy));
      expect(words[0]).toBe(words[1]);
      expect(town.mails.length).toBe(words[0] === undefined ? 1 : 0);
    }),
    { numRuns: 400 },
  );
});
