import { parse } from 'yaml';
import { z } from 'zod';

/** The only event of a replay; what it says of an order: `revenue` in US dollars, `quantity`. */
const ordered = 'Order Completed';

const match = z.object({ event: z.string(), where: z.string().optional() });
type Match = z.infer<typeof match>;

const file = z.object({
  sending: z.object({
    window: z.object({ from: z.string(), to: z.string() }),
    daily_cap: z.number().default(1),
    behaviour_monthly_cap: z.number().default(2),
  }),
  stages: z.object({
    initial: z.string(),
    transitions: z.array(
      z.object({
        id: z.string(),
        from: z.array(z.string()).optional(),
        to: z.string(),
        on: match.optional(),
        after: z.object({ quiet: z.string(), since: match }).optional(),
      }),
    ),
  }),
  milestones: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string(),
        of: match,
        threshold: z.number().default(0),
        property: z.string().optional(),
        currency: z.string().optional(),
      }),
    )
    .default([]),
  categories: z.array(z.object({ id: z.string(), legal: z.boolean().default(false) })).default([]),
  plays: z
    .array(
      z.object({
        id: z.string(),
        category: z.string(),
        not_after: z.string(),
        on: z.object({
          milestone: z.union([z.string(), z.array(z.string())]).optional(),
          stage: z.string().optional(),
          band: z.string().optional(),
          event: z.string().optional(),
          where: z.string().optional(),
        }),
      }),
    )
    .default([]),
});

export interface Definition {
  readonly id: string;
  readonly kind: 'count' | 'sum' | 'anniversary' | 'never';
  /** A count, or minor units of a sum. */
  readonly threshold: number;
  readonly property: string;
}

export interface Transition {
  readonly from: readonly string[] | undefined;
  readonly to: string;
  /** Moved by an order. */
  readonly onOrder: boolean;
  /** Moved so many ms after the last order; undefined where it is not moved by time. */
  readonly quietMs: number | undefined;
}

export interface Play {
  readonly id: string;
  /** Beside all limits. */
  readonly legal: boolean;
  readonly notAfterMs: number;
  readonly on: 'milestone' | 'stage' | 'event' | 'band';
  /** What makes a candidate, as the decisions name it; undefined where that does not follow from the orders. */
  readonly triggers: readonly string[] | undefined;
  /** Those of its triggers that are counts and sums. */
  readonly behaviour: readonly string[];
}

/** What of a playbook follows from a file of orders alone. */
export interface Rules {
  readonly milestones: readonly Definition[];
  /** Undefined where stages hang on scores or conditions. */
  readonly stages: { readonly initial: string; readonly transitions: readonly Transition[] } | undefined;
  readonly plays: readonly Play[];
  /** Minutes of the day. */
  readonly window: { readonly from: number; readonly to: number };
  readonly dailyCap: number;
  readonly monthlyCap: number;
  /** In words: what is not checked. */
  readonly unchecked: readonly string[];
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const length = (text: string): number => Number.parseInt(text, 10) * (units[text.slice(-1)] ?? Number.NaN);
const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
/** A condition cannot be judged here, except on an event that never comes. */
const judgeable = ({ event, where }: Match): boolean => event !== ordered || where === undefined;

/** Reads the playbook's text by itself: what it says of orders, with no help of the code that is checked. */
export function readRules(text: string): Rules {
  const book = file.parse(parse(text));
  const known = book.milestones.filter(({ kind, of }) => ['count', 'sum', 'anniversary'].includes(kind) && judgeable(of));
  const milestones = known.map(({ id, kind, of, threshold, property = '', currency = 'USD' }): Definition => {
    const comes = of.event === ordered && (kind !== 'sum' || currency === 'USD');
    return {
      id,
      kind: comes ? (kind as Definition['kind']) : 'never',
      threshold: kind === 'sum' ? Math.round(threshold * 100) : threshold,
      property,
    };
  });
  const stages = stagesOf(book.stages);
  const countable = new Set(milestones.map(({ id }) => id));
  const behaviour = new Set(book.milestones.filter(({ kind }) => kind === 'count' || kind === 'sum').map(({ id }) => id));
  const judged = ({ on }: (typeof book.plays)[number]): boolean => {
    if (on.milestone !== undefined) return [on.milestone].flat().every((id) => countable.has(id));
    if (on.stage !== undefined) return stages !== undefined;
    return on.event !== undefined && judgeable({ event: on.event, where: on.where });
  };
  return {
    milestones,
    stages,
    plays: book.plays.map((play) => ({
      id: play.id,
      legal: book.categories.some(({ id, legal }) => id === play.category && legal),
      notAfterMs: length(play.not_after),
      on: sortOf(play.on),
      triggers: judged(play) ? [...new Set([play.on.milestone ?? play.on.stage ?? play.on.event ?? []].flat())] : undefined,
      behaviour: [play.on.milestone ?? []].flat().filter((id) => behaviour.has(id)),
    })),
    window: { from: minutes(book.sending.window.from), to: minutes(book.sending.window.to) },
    dailyCap: book.sending.daily_cap,
    monthlyCap: book.sending.behaviour_monthly_cap,
    unchecked: [
      ...book.milestones.filter(({ id }) => !countable.has(id)).map(({ id }) => `milestone ${id}`),
      ...(stages === undefined ? ['stages'] : []),
      ...book.plays.filter((play) => !judged(play)).map(({ id }) => `play ${id}`),
    ],
  };
}

function sortOf({ milestone, stage, event }: z.infer<typeof file>['plays'][number]['on']): Play['on'] {
  if (milestone !== undefined) return 'milestone';
  if (stage !== undefined) return 'stage';
  return event === undefined ? 'band' : 'event';
}

function stagesOf({ initial, transitions }: z.infer<typeof file>['stages']): Rules['stages'] {
  const clear = transitions.every(({ on, after }) => [on, after?.since].some((m) => m !== undefined && judgeable(m)));
  if (!clear) return undefined;
  return {
    initial,
    transitions: transitions.map(({ from, to, on, after }) => ({
      from,
      to,
      onOrder: on?.event === ordered,
      quietMs: after?.since.event === ordered ? length(after.quiet) : undefined,
    })),
  };
}
