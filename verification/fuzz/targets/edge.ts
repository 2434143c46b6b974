import fc from 'fast-check';
import { collected } from '#contracts';
import { claimedInstant, isNobody, nameOf } from '#facts';
import { collect } from '../../../services/ingestion/domain/collect.ts';
import { callsOf } from '../../../services/ingestion/domain/envelope.ts';
import { fewValues } from '../../../services/ingestion/edge/structure.ts';
import { anyJson, anyName, anyUnits, inheritedNames } from '../inputs.ts';
import { target } from '../target.ts';

const arrival = { source: 'website', arrivedAt: Date.parse('2026-03-01T12:00:00Z') };
const odd = fc.constantFrom(
  'undefined',
  ' null ',
  '[object Object]',
  0,
  -1,
  '\u200b',
  'u\0',
  '\ud800',
  'ana',
  '00004',
  7,
  true,
  null,
);
const id = fc.oneof(odd, anyName, fc.constantFrom(...inheritedNames));
const time = fc.oneof(
  anyUnits,
  fc.double(),
  fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
  fc.constantFrom('2026-02-30', '1e5', 1e21),
);
const call = fc.record(
  {
    type: fc.oneof(fc.constantFrom('track', 'IDENTIFY', ' Page ', 'alias', 'screen', 'group'), anyName),
    userId: id,
    anonymousId: id,
    previousId: id,
    messageId: id,
    event: anyName,
    name: anyName,
    properties: anyJson,
    traits: anyJson,
    context: anyJson,
    integrations: anyJson,
    timestamp: time,
    originalTimestamp: time,
    sentAt: time,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  anyJson,
  fc.record(
    {
      batch: fc.oneof(fc.array(fc.oneof(call, anyJson), { maxLength: 8 }), anyJson),
      context: anyJson,
      integrations: anyJson,
      sentAt: time,
    },
    { requiredKeys: ['batch'] },
  ),
);

/** What Postgres refuses in jsonb, wherever it stands. */
const clean = (text: string): boolean => !text.includes('\\u0000') && !/\\ud[89ab]../.test(text) && text.isWellFormed();

/** Any JSON body is calls that contract and database take, or refusals with a word and a reason. */
export const edgeBodies = target(
  'edge/bodies',
  fc.property(fc.constantFrom('batch', 'track', 'identify', 'alias'), body, (type, made) => {
    const calls = callsOf(type, JSON.parse(JSON.stringify(made)) as unknown);
    if ('problem' in calls) return calls.problem !== '';
    return [...calls.items].every((item) => {
      const verdict = collect(item, arrival);
      if (!verdict.accepted) return verdict.reason !== '';
      // Backslashes of the text itself are doubled, and are no escapes.
      const text = JSON.stringify(verdict.value).replaceAll('\\\\', '');
      return (
        clean(text) && text.length < 300_000 && collected.schema.safeParse(JSON.parse(JSON.stringify(verdict.value))).success
      );
    });
  }),
);

/** Bytes are counted as `JSON.parse` would find them, and never refused for what stands inside of a string. */
export const edgeBytes = target(
  'edge/bytes',
  fc.property(
    fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      anyJson.map((value) => Buffer.from(JSON.stringify(value))),
    ),
    (bytes) => {
      fewValues(bytes, 10);
      let values = 0;
      try {
        JSON.parse(Buffer.from(bytes).toString('utf8'), (_, value: unknown) => {
          values += 1;
          return value;
        });
      } catch {
        return true; // no JSON: only that it ends counts
      }
      return fewValues(bytes, 2 * values);
    },
  ),
);

/** Ids, names and times of any text give an answer of bounded length. */
export const edgeWords = target(
  'edge/words',
  fc.property(anyUnits, (text) => {
    const at = claimedInstant(text);
    const name = nameOf({ name: text });
    return (
      typeof isNobody(text) === 'boolean' &&
      (at === undefined || (at > 0 && new Date(at).toISOString() !== '')) &&
      (name === undefined || (name.isWellFormed() && name.length <= 200 && !name.includes('\0')))
    );
  }),
);
