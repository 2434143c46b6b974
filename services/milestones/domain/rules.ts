import { eventMatcher, Failures, matchName, traitsKept, type EventMatcher, type MilestoneRule, type Playbook } from '#playbook';
import { meaningOf, type ByEvent, type ByTime } from './kinds/index.ts';

/** A property that is added up over the events of a sort. */
export interface Sum {
  readonly key: string;
  readonly property: string;
  readonly currency: string;
  readonly digits: number;
}

/** A sort of events that definitions look at; definitions that name the same events share one. */
export interface Sort {
  readonly name: string;
  readonly matches: EventMatcher;
  readonly sums: readonly Sum[];
}

/** One milestone of the playbook. */
export interface Definition<Meaning = ByEvent | ByTime> {
  readonly id: string;
  readonly kind: string;
  readonly significance: string;
  /** Name of its sort of events. */
  readonly sort: string;
  /** Its own sum, else the first one in the playbook over an event of the same name: what a mail can tell. */
  readonly sum: Sum | undefined;
  readonly meaning: Meaning;
}

/** The milestones' part of the playbook, compiled once, in the declared order. */
export interface Rules {
  readonly version: string;
  /** Zone of people who have given none. */
  readonly zone: string;
  readonly sorts: readonly Sort[];
  readonly byEvent: readonly Definition<ByEvent>[];
  readonly byTime: readonly Definition<ByTime>[];
  /** Those traits that conditions look at: the only ones remembered. */
  readonly keep: (traits: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly failures: Failures;
}

function sumOf(rule: MilestoneRule, meaning: ByEvent | ByTime): Sum | undefined {
  if (meaning.by === 'time' || meaning.adds === undefined) return undefined;
  const { property, currency } = meaning.adds;
  return { key: `${property} in ${currency} of ${matchName(rule.of)}`, ...meaning.adds };
}

/** Compiles the playbook's milestones. Throws where a condition is not CEL, a kind is unknown or a threshold cannot be counted. */
export function rulesOf({ milestones, defaults, version }: Playbook): Rules {
  const meant = milestones.map((rule) => {
    const meaning = meaningOf(rule);
    return { rule, meaning, own: sumOf(rule, meaning) };
  });
  const definitions = meant.map(({ rule, meaning, own }): Definition => {
    const { id, kind, significance, of } = rule;
    const sum = own ?? meant.find((other) => other.own !== undefined && other.rule.of.event === of.event)?.own;
    return { id, kind, significance, sort: matchName(of), sum, meaning };
  });
  const failures = new Failures();
  const sorts = new Map<string, Sort>();
  for (const { rule, own } of meant) {
    const name = matchName(rule.of);
    const { matches, sums } = sorts.get(name) ?? {
      matches: eventMatcher(rule.of, failures.of(`milestones/${rule.id}`)),
      sums: [],
    };
    const known = own === undefined || sums.some(({ key }) => key === own.key);
    sorts.set(name, { name, matches, sums: known ? sums : [...sums, own] });
  }
  return {
    version,
    zone: defaults.zone,
    sorts: [...sorts.values()],
    byEvent: definitions.filter((d): d is Definition<ByEvent> => d.meaning.by === 'event'),
    byTime: definitions.filter((d): d is Definition<ByTime> => d.meaning.by === 'time'),
    failures,
    keep: traitsKept(milestones.map(({ of }) => of.where)),
  };
}
