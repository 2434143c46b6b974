import fc from 'fast-check';
import { consentsOf, mailRefusal, undeclared, type Ledger } from '#facts';
import { collect } from '../../../services/ingestion/domain/collect.ts';
import { heard, profileOf, type Person } from '../../../services/ingestion/domain/profile.ts';
import { anyJson, anyName, anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const start = Date.parse('2026-03-01T12:00:00.000Z');
const name = fc.oneof(fc.constantFrom('news', 'News', ' NEWS ', 'offers', 'all', 'tracking'), anyName);
const word = fc.oneof(fc.constantFrom<unknown>(true, false, 'yes', 'no', 0, 1, 'false'), anyJson);
const map = fc
  .array(fc.tuple(name, word), { maxLength: 8 })
  .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as unknown);
const field = fc.oneof(map, word);
const clock = fc.oneof(
  fc.integer({ min: -1e13, max: 1e13 }).map((ms) => new Date(ms).toISOString()),
  fc.constantFrom<unknown>(undefined, 0, 'soon', '0001-01-01', start, '2026-03-01T12:00:00Z'),
  anyUnits,
);
const item = fc.record(
  {
    type: fc.constantFrom('identify', 'track', 'page', 'screen', 'group'),
    timestamp: clock,
    sentAt: clock,
    anonymousId: fc.constantFrom('phone', 'laptop'),
    event: fc.constantFrom('Consent Granted', 'Consent Withdrawn', 'CONSENT GRANTED '),
    properties: fc.record({ category: field, categories: field }),
    traits: fc.record(
      { consents: field, Consents: field, consent: field, unsubscribed: word, more: anyJson },
      { requiredKeys: [] },
    ),
    context: fc.record(
      {
        consent: fc.oneof(field, fc.record({ categoryPreferences: field })),
        consentManagement: fc.oneof(field, fc.record({ allowedConsentIds: field, deniedConsentIds: field })),
        traits: fc.record({ consents: field }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['type'] },
);

/** Whatever is said about consents, in whatever spelling and by whatever clock: it is read, it is bounded, and a no that comes last holds. */
export const consent = target(
  'ingestion/consent',
  fc.property(fc.array(item, { maxLength: 12 }), (items) => {
    let person: Person | undefined;
    const take = (call: Record<string, unknown>, n: number): void => {
      const verdict = collect({ userId: 'u', ...call }, { source: 'web', arrivedAt: start + n * 60_000 });
      if (!verdict.accepted) return;
      const derived = { person_id: verdict.value.id, cause: { id: '' } };
      person = heard(person, { ...verdict.value, ...derived });
      const stored = JSON.stringify(person);
      if (stored.length > 120_000) throw new Error(`a person of ${String(stored.length)} characters`);
      person = JSON.parse(stored) as Person;
    };
    items.forEach(take);
    take({ type: 'identify', traits: { consents: { news: false } } }, items.length);
    const ledger: Ledger = person?.consents ?? [];
    const { traits } = profileOf(person as unknown as Person);
    return (
      mailRefusal(consentsOf(ledger), undeclared('news', { consent: 'opt_out' })) === 'opt_out' &&
      JSON.stringify(traits).length <= 60_000 &&
      ledger.every(([key, entry]) => key.isWellFormed() && key.length <= 64 && !Number.isNaN(entry.since))
    );
  }),
);
