import { anyHost, isoInstant, linkHost, minorDigits, zoneOf } from '#facts';
import { z } from 'zod';
import { condition, ConditionError, expression, type Fact, type Target } from './conditions/index.ts';
import { durationMs } from './duration.ts';

const expectedId = 'expected a name in lower-case letters, digits and dashes, beginning with a letter';
const id = z
  .string(expectedId)
  .regex(/^[a-z][a-z0-9-]*$/, expectedId)
  .max(64, 'expected at most 64 characters');
const expectedDuration = 'expected a whole number and a unit: 30s, 15m, 48h, 90d (a day is 24 hours)';
const duration = z
  .string(expectedDuration)
  .regex(/^[1-9]\d*[smhd]$/, expectedDuration)
  .refine((text) => !(durationMs(text) > durationMs('3660d')), 'expected ten years at most (3660d)')
  .describe('A length of time: 30s, 15m, 48h, 90d. A day is 24 hours.');
const expectedTime = 'expected a time of day such as "09:00"';
const localTime = z.string(expectedTime).regex(/^([01]\d|2[0-3]):[0-5]\d$/, expectedTime);
const expectedZone = 'expected an IANA time zone such as Europe/Madrid';
const zone = z
  .string(expectedZone)
  .refine((name) => zoneOf(name) !== undefined, expectedZone)
  .describe('IANA time zone of people who have given none');
const expectedLocale = 'expected a BCP 47 language such as es or es-MX';
const locale = z
  .string(expectedLocale)
  .refine((tag) => isLocale(tag), expectedLocale)
  .describe('BCP 47 language of people who have given none');
const expectedCurrency = 'expected an ISO 4217 currency with a minor unit, in capitals, such as USD';
const currency = z.string(expectedCurrency).refine((code) => minorDigits(code) !== undefined, expectedCurrency);

/** Intl tells a word that it does not know by throwing, or by an empty list. */
function isKnown(attempt: () => object): boolean {
  try {
    const known = attempt();
    return !Array.isArray(known) || known.length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** Whether Intl knows a BCP 47 tag's language. */
export const isLocale = (tag: string): boolean => isKnown(() => Intl.DateTimeFormat.supportedLocalesOf(tag));

const conditionOver = (widest: Fact) =>
  z
    .string()
    .min(1, 'expected a condition')
    .max(1000, 'expected at most 1000 characters')
    .superRefine((text, context) => {
      try {
        if (text !== '') condition(text, widest);
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        context.addIssue({ code: 'custom', message: `expected a CEL condition: ${error.message}` });
      }
    });

const expectedPoints = 'expected -1000000 to 1000000';
const points = z.number().min(-1e6, expectedPoints).max(1e6, expectedPoints);

/** How a value of a source's topic may be written. */
export const sourceFormats = ['json', 'cloudevents', 'avro', 'protobuf', 'json-schema'] as const;

/** Which events something is about. */
const eventMatch = z.strictObject({
  event: z.string().min(1).describe('Name of the event, e.g. Order Completed'),
  where: conditionOver('properties')
    .describe(
      'A CEL condition over `properties` (of the event) and `traits` (of the person), e.g. properties.revenue > 20. A missing field makes it false.',
    )
    .optional(),
});

const sourceName = z
  .string('expected the name of a source')
  .regex(
    /^[a-z][a-z0-9-]{0,63}$/,
    'expected the name of a source, as HITO_WRITE_KEYS gives it: lower-case letters, digits and dashes',
  );

/** The same for a play, which may look at where an event comes from. */
const playEvent = eventMatch.extend({
  source: z
    .array(sourceName)
    .min(1, 'expected at least one source')
    .describe(
      "Names of write keys (HITO_WRITE_KEYS) that may bring it; absent: any. A browser's key is public: name the server's where a stranger's event must start no mail",
    )
    .optional(),
});

export const scoring = z
  .strictObject({
    half_life: duration.describe('How long it takes until points for behaviour count half'),
    floor: points.max(0, 'expected 0 or less: what decays ends at 0').default(0).describe('A score never falls below this'),
    ceiling: points.positive('expected more than 0').default(100).describe('A score never rises above this'),
    report_step: z
      .number()
      .positive('expected more than 0')
      .default(10)
      .describe('A change smaller than this, within one band, is not published'),
    rules: z
      .array(eventMatch.extend({ id, points: points.describe('Positive or negative') }))
      .default([])
      .describe('Points for behaviour; they fade'),
    fit: z
      .array(
        z.strictObject({
          id,
          where: conditionOver('traits').describe('A CEL condition over `traits`, e.g. traits.country == "ES"'),
          points,
        }),
      )
      .default([])
      .describe('Points for who a person is; they stay while the condition holds'),
    bands: z
      .array(z.strictObject({ id, from: points.describe('Reached at this total') }))
      .min(1, 'expected at least one band')
      .describe('From low to high; the first one has everything below the second'),
    hysteresis: z
      .number()
      .min(0, 'expected 0 or more')
      .optional()
      .describe(
        'How far below its `from` a total must fall to leave a band; a tenth of the distance to the band below where absent',
      ),
  })
  .superRefine(({ bands, hysteresis = 0 }, context) => {
    const lowest = bands.find(({ from }, index) => index > 0 && from > 0 && from <= hysteresis);
    if (lowest === undefined) return;
    const message = `expected less than ${String(lowest.from)}: nobody would ever leave "${lowest.id}" by time, as what fades ends at 0`;
    context.addIssue({ code: 'custom', path: ['hysteresis'], message });
  })
  .describe('How warm a person is');

export const stages = z
  .strictObject({
    initial: id.describe('Where everyone begins'),
    names: z.array(id).min(1, 'expected at least one stage'),
    transitions: z.array(
      z
        .strictObject({
          id,
          from: z.array(id).min(1, 'expected at least one stage').optional().describe('Absent: from any other stage'),
          to: id,
          on: eventMatch.optional().describe('Moved by an event'),
          band: id.optional().describe('Moved when the score enters this band'),
          after: z
            .strictObject({ quiet: duration.describe('How long without such an event'), since: eventMatch })
            .optional()
            .describe('Moved by time: so long after the last such event without another'),
        })
        .refine(
          (t) => [t.on, t.band, t.after].filter((x) => x !== undefined).length === 1,
          'expected exactly one of on, band, after',
        ),
    ),
  })
  .describe('Where in its life with the platform a person is');

const milestone = { id, significance: z.enum(['major', 'minor']).default('minor') };
export const milestoneRule = z.discriminatedUnion('kind', [
  z.strictObject({
    ...milestone,
    kind: z.literal('count'),
    of: eventMatch,
    threshold: z.int().positive('expected more than 0').describe('Reached with this many'),
  }),
  z.strictObject({
    ...milestone,
    kind: z.literal('sum'),
    of: eventMatch,
    property: z.string().min(1).describe('The property that is added up, in major units (29.33)'),
    currency: currency.describe('Only amounts in this currency count; an event without one counts'),
    threshold: z.number().positive('expected more than 0').describe('In major units; reached at this much or more'),
  }),
  z.strictObject({
    ...milestone,
    kind: z.literal('anniversary'),
    of: eventMatch.describe(
      'Counted from the first such event, whenever that becomes known; a calendar year (on the local date) that has had one has no second',
    ),
  }),
]);

const oneOrMore = z
  .union([id, z.array(id).min(1, 'expected at least one milestone')], 'expected the id of a milestone, or a list of them')
  .transform((ids) => (typeof ids === 'string' ? [ids] : ids));

/** Names in a person's consents that are no category: every mail but the legal, and measuring opens and clicks. */
const reserved: readonly string[] = ['all', 'tracking'];
const categoryId = id.refine((name) => !reserved.includes(name), 'expected another name: "all" and "tracking" are reserved');
const formerIds = z
  .union([categoryId, z.array(categoryId).min(1, 'expected at least one name')], 'expected a former name, or a list of them')
  .transform((ids) => (typeof ids === 'string' ? [ids] : ids));
const consentMode = z.enum(['opt_in', 'opt_out']);

export const category = z
  .strictObject({
    id: categoryId,
    title: z
      .record(z.string(), z.string().trim().min(1, 'expected a title').max(120, 'expected at most 120 characters'))
      .describe('What people read, per locale: completes "You will get no more …"'),
    consent: consentMode.describe('opt_in: only who has granted it is mailed; opt_out: who has not withdrawn it').optional(),
    legal: z
      .boolean()
      .default(false)
      .describe('Mail that the law or a contract asks for: at once, at any hour, beside all limits and consents, never tracked'),
    tracking: consentMode
      .describe('Whether opens and clicks are measured: opt_in (the default) needs the consent `tracking`')
      .optional(),
    renamed_from: formerIds.describe('Former names; consents given or withdrawn under them hold').default([]),
  })
  .refine(({ legal, consent }) => legal || consent !== undefined, 'expected consent: opt_in or opt_out, or legal: true')
  .refine(
    ({ legal, consent, tracking }) => !legal || (consent === undefined && tracking === undefined),
    'expected no consent and no tracking beside legal: true, which asks for none',
  );

export const play = z
  .strictObject({
    id,
    on: z
      .union([
        z.strictObject({ milestone: oneOrMore.describe('When a person reaches this milestone, or any one of these') }),
        z.strictObject({ stage: id.describe('When a person enters this stage') }),
        z.strictObject({ band: id.describe('When the score enters this band') }),
        playEvent,
      ])
      .describe('What makes a person a candidate for it'),
    exit: z
      .array(z.union([z.strictObject({ stage_left: id.describe('When the person leaves this stage') }), playEvent]))
      .default([])
      .describe('What withdraws a candidate that is still deferred'),
    entry: z
      .union([
        z.enum(['always', 'once', 'again_after_exit']),
        z.strictObject({ at_most_every: duration.describe('So long after it took a person in it takes them in again') }),
      ])
      .optional()
      .describe(
        'How often it takes a person in: always, once, again_after_exit, or at_most_every so long. Absent: a play on an event takes a person in once in its `not_after`, any other and a legal one always',
      ),
    category: id.describe('One of `categories`'),
    priority: z.int().min(0, 'expected 0 to 1000').max(1000, 'expected 0 to 1000').describe('The higher one wins'),
    not_after: duration
      .refine((text) => !(durationMs(text) > durationMs('365d')), 'expected a year at most (365d): what is older is no news')
      .describe('How long after its instant it may still be sent'),
    template: id.describe('Folder name of the mail'),
  })
  .refine(({ entry, exit }) => entry !== 'again_after_exit' || exit.length > 0, {
    path: ['entry'],
    message: 'expected an exit beside again_after_exit: without one nobody would come in again; write once',
  });

const expectedHost = 'expected a host such as shop.example, or *.shop.example for all hosts below it; no https://, no path';
export const links = z
  .strictObject({
    hosts: z
      .array(
        z
          .string(expectedHost)
          .refine((text) => linkHost(text) !== undefined, expectedHost)
          .transform((text) => linkHost(text) ?? text),
      )
      .default([anyHost])
      .describe(
        'Hosts that a value in a mail may lead to, as a link, as a picture or within a text: shop.example, or *.shop.example for all hosts below it. What a template writes out needs none. Absent: any host, so a public write key can lead a mail anywhere',
      ),
  })
  .describe('Where values from outside may lead a reader');

export const ids = z
  .strictObject({
    address_from: z
      .array(sourceName)
      .min(1, 'expected at least one source')
      .describe(
        "Names of write keys (HITO_WRITE_KEYS) and of `sources` whose `email` of an identify counts; absent: any. A browser's key is public: whoever holds it can turn a person's mails, reset links too, to an address of their own. Name the server's",
      )
      .optional(),
    nobody: z
      .array(z.string().min(1, 'expected an id').max(500, 'expected at most 500 characters'))
      .default([])
      .describe(
        'Ids that stand for nobody here, such as the account of a till; calls with one are refused. undefined, null, 0, test and the like always are',
      ),
    anonymous_lifetime: duration
      .default('180d')
      .describe('How long an anonymous id is remembered after it was last seen, with the calls that wait for its person'),
    shared: z
      .strictObject({
        anonymous_ids: z
          .int()
          .positive('expected more than 0')
          .max(200, 'expected at most 200')
          .default(20)
          .describe('Anonymous ids of one user id on one day'),
        addresses: z
          .int()
          .positive('expected more than 0')
          .max(200, 'expected at most 200')
          .default(3)
          .describe('Addresses of one user id on one day'),
      })
      .prefault({})
      .describe('With more than these, a user id is reported: many people seem to share it'),
  })
  .describe('Who is who');

const expressionFor = (target: Target, meaning: string) =>
  z
    .string('expected a CEL expression over `record`; a constant stands in quotes of its own: "\'track\'"')
    .min(1, 'expected an expression')
    .max(1000, 'expected at most 1000 characters')
    .superRefine((text, context) => {
      try {
        if (text !== '') expression(text, target);
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        context.addIssue({ code: 'custom', message: `expected a CEL expression over \`record\`: ${error.message}` });
      }
    })
    .describe(meaning);
const expressionsFor = (meaning: string) =>
  z
    .union([
      expressionFor('map', 'One expression that gives a map'),
      z.record(z.string(), expressionFor('anything', 'One expression per key; one that gives nothing leaves its key out')),
    ])
    .describe(meaning);

const expectedTopic = "expected a topic's name: letters, digits, dots, dashes and underscores, at most 249";
const expectedStart = 'expected earliest, latest, or an instant such as 2026-01-31T00:00:00Z';

export const source = z.strictObject({
  name: id
    .refine((name) => name !== 'replay', 'expected another name: "replay" is that of the replayer')
    .describe('Its name in events, dead letters and metrics; no write key has the same'),
  topics: z.array(z.string(expectedTopic).regex(/^[\w.-]{1,249}$/, expectedTopic)).min(1, 'expected at least one topic'),
  cluster: id.describe('A cluster of HITO_SOURCE_CLUSTERS; absent: the one that Hito itself runs on').optional(),
  format: z.enum(sourceFormats).default('json').describe('What a value of the topic is'),
  from: z
    .string(expectedStart)
    .refine((text) => text === 'earliest' || text === 'latest' || !Number.isNaN(isoInstant(text)), expectedStart)
    .describe('Where reading begins the first time: earliest, latest, or an instant'),
  where: expressionFor(
    'yes or no',
    'Records for which it is false are passed over, e.g. record.value.op == "c"; one for which it comes to no answer is a dead letter',
  ).optional(),
  map: z
    .strictObject({
      person: expressionFor('text', 'The id by which the platform knows the person').optional(),
      anonymous_id: expressionFor('text', 'The id of the browser or device').optional(),
      previous_id: expressionFor('text', 'For an alias: the id known before').optional(),
      id: expressionFor('text', 'Id of the event, unique in this source; absent: topic, partition and offset').optional(),
      time: expressionFor('time', "When it happened: ISO 8601, or epoch ms; absent: the record's timestamp").optional(),
      type: expressionFor('text', "track, identify, page, screen, group or alias; absent: 'track'").optional(),
      name: expressionFor('text', 'Name of the event, or of the page or screen').optional(),
      properties: expressionsFor('Properties of the event').optional(),
      traits: expressionsFor('Traits of the person').optional(),
      context: expressionsFor('Context, such as consents').optional(),
    })
    .refine(
      ({ person, anonymous_id }) => person !== undefined || anonymous_id !== undefined,
      'expected person or anonymous_id: an event of nobody is none',
    )
    .describe(
      'What makes an event of a record: CEL expressions over `record` (value, key, headers, topic, partition, offset, timestamp)',
    ),
});

export const playbook = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1),
  defaults: z.strictObject({ zone, locale }),
  sending: z.strictObject({
    window: z.strictObject({ from: localTime, to: localTime.describe('The first minute at which nothing is sent any more') }),
    daily_cap: z
      .int()
      .positive('expected more than 0')
      .default(1)
      .describe('Mails a person gets on one local date, legal ones aside'),
    behaviour_monthly_cap: z
      .int()
      .positive('expected more than 0')
      .default(2)
      .describe('Mails about behaviour milestones (counts, sums) in one local calendar month'),
  }),
  ids: ids.prefault({}),
  links: links.prefault({}),
  scoring,
  stages,
  milestones: z.array(milestoneRule).default([]).describe('What is worth a word, once for ever; an anniversary once a year'),
  categories: z.array(category).default([]).describe('The sorts of mail; what a person consents to'),
  secrets: z
    .array(
      z.strictObject({
        event: z.string().min(1, 'expected the name of an event'),
        property: z.string().min(1, 'expected the name of a property'),
      }),
    )
    .default([])
    .describe(
      'Properties that hold a secret, beside those that do so by their name (reset_url, password, token, otp …): encrypted in decisions, never printed',
    ),
  sources: z.array(source).default([]).describe("The platform's own Kafka topics, from which events are read"),
  plays: z.array(play).default([]).describe('Who is told what; of several the highest priority goes first'),
});

export type PlaybookFile = z.infer<typeof playbook>;
export type ScoringRules = z.infer<typeof scoring>;
export type StageRules = z.infer<typeof stages>;
export type MilestoneRule = z.infer<typeof milestoneRule>;
export type CategoryRule = z.infer<typeof category>;
export type SourceRule = z.infer<typeof source>;
export type PlayRule = z.infer<typeof play>;
