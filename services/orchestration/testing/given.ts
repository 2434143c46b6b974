import { personId, type DataOf, type messages, type milestones, type profiles } from '#contracts';
import { parsePlaybook } from '#playbook';
import { v5 as uuidv5 } from 'uuid';
import type { Input } from '../domain/input.ts';
import { rulesOf, type OrchestrationRules } from '../domain/rules.ts';
import { unsealed } from './unsealed.ts';

export const ms = (instant: string): number => Date.parse(instant);
const iso = (at: number): string => new Date(at).toISOString();
const person = personId('anna');
const id = (name: string): string => uuidv5(name, '6ba7b810-9dad-11d1-80b4-00c04fd430c8');
const derived = (name: string, at: number) => ({
  id: id(name),
  person_id: person,
  at: iso(at),
  cause: { id: id(`cause of ${name}`), topic: 'events.v1' },
});
const rule = { id: 'a-rule', version: 'v' };

type Profile = DataOf<typeof profiles>;
type Some<T> = { [K in keyof T]?: T[K] | undefined };
type Sent = Pick<DataOf<typeof messages>, 'candidate' | 'variables'> & { readonly at: number };
let count = 0;

/** Messages of one person, told briefly. Instants are ISO. */
export const profile = (
  at: string,
  { zone = 'Europe/Madrid', email = 'anna@shop.example', ...rest }: Some<Profile> = {},
): Input => ({
  kind: 'record',
  topic: 'profiles.v1',
  id: id(`profile ${at}`),
  at: ms(at),
  data: {
    ...derived(`profile ${at}`, ms(at)),
    ...(zone === '' ? {} : { zone }),
    ...(email === '' ? {} : { email }),
    traits: {},
    consents: {},
    replayed: false,
    ...rest,
  } as Profile,
});

export const milestone = (at: string, name: string, more: Some<DataOf<typeof milestones>> = {}): Input => {
  const own = more.id ?? id(`${name} ${at} ${String(count++)}`);
  return {
    kind: 'record',
    topic: 'milestones.v1',
    id: own,
    at: ms(at),
    data: {
      ...derived(name, ms(at)),
      milestone: name,
      kind: name.includes('anniversary') ? 'anniversary' : name.startsWith('spend') ? 'sum' : 'count',
      nature: name.includes('anniversary') ? 'natural' : 'behaviour',
      occurrence: '1',
      significance: 'minor',
      occurred_at: at,
      value: 3,
      threshold: 3,
      aggregates: { count: 3, sum_minor: 9_000, currency: 'USD' },
      rule,
      ...more,
      id: own,
    } as DataOf<typeof milestones>,
  };
};

export const stage = (at: string, from: string, to: string): Input => ({
  kind: 'record',
  topic: 'stages.v1',
  id: id(`${from} ${to} ${at}`),
  at: ms(at),
  data: {
    ...derived(`${from} ${to} ${at}`, ms(at)),
    from,
    to,
    occurred_at: at,
    rule,
    evidence: { since: '2026-01-01T12:00:00.000Z', quiet_ms: 90 * 86_400_000 },
  },
});

export const score = (at: string, previous: string, band: string): Input => ({
  kind: 'record',
  topic: 'scores.v1',
  id: id(`${previous} ${band} ${at}`),
  at: ms(at),
  data: {
    ...derived(`${previous} ${band} ${at}`, ms(at)),
    engagement: 50,
    fit: 5,
    total: 55,
    band,
    previous_band: previous,
    rule,
    points: 20,
  },
});

export const event = (at: string, name: string, properties: Record<string, unknown> = {}, moment = at): Input => ({
  kind: 'record',
  topic: 'events.v1',
  id: id(`${name} ${at}`),
  at: ms(at),
  data: {
    ...derived(`${name} ${at}`, ms(at)),
    event: name,
    moment,
    moment_source: 'claimed',
    source: 'web',
    message_id: 'm',
    properties,
  },
});

export const outcome = (at: string, name: string, consents?: Profile['consents']): Input => ({
  kind: 'record',
  topic: 'outcomes.v1',
  id: id(`${name} ${at}`),
  at: ms(at),
  data: {
    ...derived(`${name} ${at}`, ms(at)),
    message_id: id('mail'),
    play: 'thanks',
    category: 'milestone',
    outcome: name,
    occurred_at: at,
    ...(consents === undefined ? {} : { consents }),
  },
});

/** Delivery puts the mail of a `sent` decision back. */
export const putBack = (at: string, sent: Sent, reason: string): Input => {
  const message = id(`mail ${sent.candidate.id} ${String(sent.at)}`);
  return {
    kind: 'record',
    topic: 'outcomes.v1',
    id: id(`put back ${message}`),
    at: ms(at),
    data: {
      ...derived(`put back ${message}`, sent.at),
      message_id: message,
      play: sent.candidate.play,
      category: sent.candidate.category,
      outcome: 'put_back',
      reason,
      occurred_at: at,
      put_back: { candidate: sent.candidate, variables: sent.variables ?? {} },
    },
  };
};

export const wake = (at: string): Input => ({ kind: 'wake', named: ms(at), at: ms(at) });

const play = (name: string, on: object, priority: number, more: object = {}): object => ({
  id: name,
  on,
  category: 'milestone',
  priority,
  not_after: '7d',
  template: name,
  ...more,
});

export const plays: readonly object[] = [
  play('reset', { event: 'Reset Requested' }, 1000, { category: 'transactional', not_after: '1h' }),
  play('anniversary', { milestone: 'anniversary' }, 900, { not_after: '48h' }),
  play('spender', { milestone: ['spend-1', 'spend-2'] }, 500),
  play('regular', { milestone: ['orders-1', 'orders-2', 'orders-3'] }, 400),
  play('hot', { band: 'hot' }, 200, { category: 'lifecycle', not_after: '2d' }),
  play('cart', { event: 'Cart Left', where: 'properties.value >= 50 && traits.vip == true' }, 150, {
    category: 'lifecycle',
    exit: [{ event: 'Order Completed', where: 'properties.revenue > 0' }],
  }),
  play('win-back', { stage: 'lapsed' }, 100, { category: 'lifecycle', not_after: '14d', exit: [{ stage_left: 'lapsed' }] }),
];

export const category = (id: string, more: object = { consent: 'opt_out' }): object => ({ id, title: { es: id }, ...more });
const categories: readonly object[] = [category('transactional', { legal: true }), category('milestone'), category('lifecycle')];

const of = { event: 'Order Completed' };

/** A small playbook's rules; `sending`, `categories` and `plays` may be others. */
export function rulesWith(
  changes: { name?: string; sending?: object; plays?: readonly object[]; categories?: readonly object[] } = {},
): OrchestrationRules {
  const text = {
    name: changes.name ?? 'Test',
    defaults: { zone: 'Europe/Madrid', locale: 'es' },
    sending: { window: { from: '09:00', to: '20:00' }, daily_cap: 1, behaviour_monthly_cap: 2, ...changes.sending },
    scoring: {
      half_life: '30d',
      bands: [
        { id: 'cold', from: 0 },
        { id: 'hot', from: 50 },
      ],
    },
    stages: {
      initial: 'active',
      names: ['active', 'lapsed'],
      transitions: [
        { id: 'lapse', from: ['active'], to: 'lapsed', after: { quiet: '90d', since: of } },
        { id: 'return', from: ['lapsed'], to: 'active', on: of },
      ],
    },
    milestones: [
      { id: 'anniversary', kind: 'anniversary', of },
      ...['spend-1', 'spend-2'].map((name, n) => ({
        id: name,
        kind: 'sum',
        of,
        property: 'revenue',
        currency: 'USD',
        threshold: n + 1,
      })),
      ...['orders-1', 'orders-2', 'orders-3'].map((name, n) => ({ id: name, kind: 'count', of, threshold: n + 1 })),
    ],
    categories: changes.categories ?? categories,
    plays: changes.plays ?? plays,
  };
  return rulesOf(parsePlaybook(JSON.stringify(text)), unsealed);
}
