import fc from 'fast-check';
import { z } from 'zod';
import { compileMeasures, type Happening, type Measures, type MeasuresState } from '../compile.ts';
import { measuresSchema } from '../definition.ts';
import type { When } from '../measure.ts';
import type { Fact } from './naive.ts';

const match = z.strictObject({ event: z.string(), where: z.string().optional() });

/** Compiles what stands in a playbook, conditions aside. */
export const compiled = (definitions: unknown, reads?: ReadonlySet<string>): Measures =>
  compileMeasures(measuresSchema(match).parse(definitions), {
    matcher:
      ({ event }) =>
      (happening) =>
        happening.event === event,
    ...(reads !== undefined && { reads }),
  });

const names = { happen: 'Did', spend: 'Spent', undo: 'Undone' } as const;

const happening = ({ does, moment, zone, object, amount, value }: Fact): Happening => ({
  event: names[does],
  moment,
  zone,
  properties: { amount, value, ...(object !== undefined && { id: object }) },
});

export const takenAll = (measures: Measures, facts: readonly Fact[], begin: MeasuresState = measures.begin): MeasuresState =>
  facts.reduce((state, fact) => measures.take(state, happening(fact)).state, begin);

const zones = [
  'UTC',
  'Europe/Madrid',
  'Pacific/Auckland',
  'America/Los_Angeles',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'America/Sao_Paulo',
];
const hour = 3_600_000;
const day = 24 * hour;
/** Around a date that Samoa has not, changes of clocks, a leap day, the end of a year. */
const places = ['2011-12-28', '2018-10-30', '2024-02-25', '2026-03-27', '2026-09-24', '2026-10-22', '2026-12-29'].map((date) =>
  Date.parse(`${date}T00:00:00Z`),
);

export interface History {
  /** In the order in which they happened. */
  readonly facts: readonly Fact[];
  /** The same in the order in which they arrive. */
  readonly arrivals: readonly Fact[];
  /** Not before any of them. */
  readonly when: When;
}

/**
 * What a person did, who moves once from one zone to another. Of some histories all is within hours, of others within years. `objects`: how many
 * things it is about, repeats and undone ones among them; none where it is 0.
 */
export const histories = ({ objects, longestMs = 900 * day }: { objects: number; longestMs?: number }): fc.Arbitrary<History> =>
  fc
    .record({
      place: fc.constantFrom(...places),
      scale: fc.constantFrom(...[5 * hour, 3 * day, 12 * day, 80 * day, 400 * day, 900 * day].filter((ms) => ms <= longestMs)),
      moves: fc.record({ after: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.constantFrom(...zones) }),
      home: fc.constantFrom(...zones),
      later: fc.double({ min: 0, max: 0.6, noNaN: true }),
      raw: fc.uniqueArray(
        fc.record({
          at: fc.integer({ min: 0, max: 1_000_000 }),
          does:
            objects === 0
              ? fc.constantFrom('happen', 'happen', 'spend')
              : fc.constantFrom('happen', 'happen', 'happen', 'spend', 'undo'),
          object: fc.nat({ max: Math.max(0, objects - 1) }),
          cents: fc.oneof(fc.constantFrom(0, 5, 700), fc.integer({ min: 0, max: 2_000 })),
          value: fc.constantFrom('a', 'b', 'c', 'd'),
          order: fc.nat(),
        }),
        // Without a size, histories of one or two events are the rule.
        { selector: ({ at }) => at, maxLength: 40, size: 'max' },
      ),
    })
    .map(({ place, scale, moves, home, later, raw }) => {
      const momentOf = (at: number): number => place + Math.round((at / 1_000_000) * scale);
      const zoneAt = (moment: number): string => (moment > place + moves.after * scale ? moves.to : home);
      const facts = raw.map((one): Fact & { order: number } => {
        const moment = momentOf(one.at);
        return {
          does: one.does,
          moment,
          zone: zoneAt(moment),
          ...(objects > 0 && { object: String(one.object) }),
          amount: one.cents / 100,
          value: one.value,
          order: one.order,
        };
      });
      const at = Math.max(place, ...facts.map(({ moment }) => moment)) + Math.round(later * scale);
      return {
        facts: facts.toSorted((a, b) => a.moment - b.moment),
        arrivals: facts.toSorted((a, b) => a.order - b.order),
        when: { at, zone: zoneAt(at) },
      };
    });
