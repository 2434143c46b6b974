import { minorDigits } from '#facts';
import { z } from 'zod';
import { kinds } from './kinds.ts';
import { path } from './path.ts';

const expectedName = 'expected a name in lower-case letters, digits and underscores, beginning with a letter';
const name = z
  .string(expectedName)
  .regex(/^[a-z][a-z0-9_]*$/, expectedName)
  .max(40, 'expected at most 40 characters');
const expectedCurrency = 'expected an ISO 4217 currency with a minor unit, in capitals, such as USD';
const currency = z.string(expectedCurrency).refine((code) => minorDigits(code) !== undefined, expectedCurrency);

/** Kinds that need no parameter are called by their name alone. */
const plain = ['count', 'sum', 'max', 'min', 'first', 'last'] as const;
const expectedNumber = `expected ${plain.join(', ')}, or one of these kinds with its parameters, such as { count: last 30 days }: ${Object.keys(kinds).join(', ')}`;
const number = z.union(
  [
    z
      .enum(plain)
      .transform((kind) => ({ [kind]: 'ever' }))
      .describe('count, sum, max, min, first or last of all time'),
    ...Object.values(kinds).map(({ schema }) => schema as z.ZodType<NumberSpec>),
  ],
  expectedNumber,
);

/** A number as the schema leaves it: keyed by its kind, with that kind's parameters. */
export type NumberSpec = Readonly<Partial<Record<keyof typeof kinds, unknown>>>;
/** The kind that a number is of. */
export const kindOf = (spec: NumberSpec): keyof typeof kinds => {
  const kind = (Object.keys(kinds) as (keyof typeof kinds)[]).find((key) => Object.hasOwn(spec, key));
  if (kind === undefined)
    throw new Error(`No kind of number has the keys ${Object.keys(spec).join(', ')}; the schema lets none through.`);
  return kind;
};
const needsAmount = (spec: NumberSpec): boolean => 'needsAmount' in kinds[kindOf(spec)];

/** Which events something is about. */
export interface EventMatch {
  readonly event: string;
  readonly where?: string | undefined;
}

/**
 * The `measures` of a playbook: by name, a population (which events) and the numbers about it. `match` is the playbook's schema of an event
 * and its condition.
 */
export const measuresSchema = (match: z.ZodType<EventMatch>) => {
  const oneOrMore = z
    .union([match, z.array(match).min(1, 'expected at least one event')])
    .transform((matches) => [matches].flat());
  const measure = z
    .strictObject({
      of: match.describe('The events that all of its numbers are about'),
      once_per: path
        .describe(
          'The id of what an event is about, such as properties.order_id: reported twice it counts once, and it can be undone',
        )
        .optional(),
      undone_by: oneOrMore
        .describe('Events after which one is as if it had never been; they name it by the same property as `once_per`')
        .optional(),
      amount: path.describe('The amount of an event in major units: what is added up and compared').optional(),
      currency: z
        .union([currency.transform((code) => [code]), z.array(currency).min(1).max(8, 'expected at most 8 currencies')])
        .describe(
          'The amounts are money, in these currencies by `properties.currency`; an event that names none is in the first one. Its numbers then go by currency: orders.USD.total. Absent: amounts have no unit',
        )
        .optional(),
      spent_by: z
        .strictObject({ of: match, amount: path })
        .describe('Events that spend what `of` earns, for `points`')
        .optional(),
      numbers: z
        .record(name, number)
        .refine((all) => Object.keys(all).length > 0, 'expected at least one number')
        .refine((all) => Object.keys(all).length <= 20, 'expected at most 20 numbers')
        .describe('By name, what there is to tell about these events'),
    })
    .refine(
      ({ undone_by, once_per }) => undone_by === undefined || once_per !== undefined,
      'expected once_per beside undone_by: the property that says which event is undone',
    )
    .refine(
      ({ currency, amount }) => currency === undefined || amount !== undefined,
      'expected amount beside currency: the property that is in it',
    )
    .refine(
      ({ amount, numbers }) => amount !== undefined || !Object.values(numbers).some(needsAmount),
      'expected amount: sum, max, min and points need the property that they add up or compare',
    )
    .refine(
      ({ spent_by, numbers }) => spent_by === undefined || Object.values(numbers).some((spec) => kindOf(spec) === 'points'),
      'expected a number of points beside spent_by: nothing else looks at it',
    )
    .refine(
      ({ currency, numbers }) => currency === undefined || !Object.values(numbers).some((spec) => kindOf(spec) === 'points'),
      'expected no currency beside points: they are no money',
    );
  return z
    .record(name, measure)
    .refine((all) => Object.keys(all).length <= 200, 'expected at most 200 measures')
    .describe('Numbers about people, by name; each is about one population of events');
};

/** One measure, as the schema leaves it. */
export type MeasureDefinition = z.infer<ReturnType<typeof measuresSchema>>[string];
