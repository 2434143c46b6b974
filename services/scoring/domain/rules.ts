import { condition, durationMs, eventMatcher, Failures, traitsKept, type MatchableEvent, type Playbook } from '#playbook';
import { bandsOf, type Band } from './bands.ts';

type Traits = Readonly<Record<string, unknown>>;

/** Points, and the playbook's rule that gave them (the weightiest, where several did: then `parts` are all of them). */
export interface Award {
  readonly rule: string;
  readonly points: number;
  readonly parts?: readonly Award[];
}

/** The playbook's scoring part, compiled. */
export interface Rules {
  readonly version: string;
  readonly halfLifeMs: number;
  readonly floor: number;
  readonly ceiling: number;
  readonly reportStep: number;
  readonly bands: readonly Band[];
  /** Points for an event, before decay; nothing where no rule is about it. */
  award(event: MatchableEvent, traits: Traits): Award | undefined;
  /** One award per fit rule that holds. */
  fit(traits: Traits): readonly Award[];
  /** Those traits that some rule looks at: all that a state needs to keep. */
  keep(traits: Traits): Traits;
  readonly failures: Failures;
}

export const sum = (awards: readonly Award[]): number => awards.reduce((total, { points }) => total + points, 0);

/** Several awards as one. */
export function together(awards: readonly Award[]): Award | undefined {
  const [first, ...others] = awards;
  if (first === undefined || others.length === 0) return first;
  const weightiest = others.reduce((a, b) => (Math.abs(b.points) > Math.abs(a.points) ? b : a), first);
  return { rule: weightiest.rule, points: sum(awards), parts: awards };
}

/** Compiles the scoring part of a playbook, once per process. */
export function rulesOf({ scoring, version }: Playbook): Rules {
  const failures = new Failures();
  const fit = scoring.fit.map(({ id, where, points }) => ({
    rule: id,
    points,
    holds: condition(where, 'traits', failures.of(`fit/${id}`)),
  }));
  const about = Map.groupBy(
    scoring.rules.map(({ id, points, ...match }) => ({
      event: match.event,
      rule: id,
      points,
      matches: eventMatcher(match, failures.of(`scoring/${id}`)),
    })),
    ({ event }) => event,
  );
  return {
    version,
    halfLifeMs: durationMs(scoring.half_life),
    floor: scoring.floor,
    ceiling: scoring.ceiling,
    reportStep: scoring.report_step,
    bands: bandsOf(scoring.bands, scoring.hysteresis),
    award(event, traits) {
      const rules = about.get(event.event);
      return rules && together(rules.filter(({ matches }) => matches(event, traits)));
    },
    fit: (traits) => fit.filter(({ holds }) => holds({ traits })),
    failures,
    keep: traitsKept([...scoring.rules, ...scoring.fit].map(({ where }) => where)),
  };
}
