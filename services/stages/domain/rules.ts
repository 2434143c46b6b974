import { durationMs, eventMatcher, Failures, matchName, traitsKept, type EventMatcher, type Playbook } from '#playbook';

interface Declared {
  readonly id: string;
  readonly to: string;
  /** Whether a person in this stage may be moved by it. */
  readonly leaves: (stage: string) => boolean;
}
/** Moved by an event. */
export interface EventTransition extends Declared {
  readonly on: EventMatcher;
}
/** Moved when the score enters a band. */
export interface BandTransition extends Declared {
  readonly band: string;
}
/** Moved by time: so long after the last event of a silence. */
export interface TimeTransition extends Declared {
  readonly quietMs: number;
  /** Name of the silence that it measures. */
  readonly silence: string;
}

/** The stages' part of the playbook, compiled once. Lists keep the declared order: it breaks ties. */
export interface Rules {
  readonly version: string;
  readonly initial: string;
  readonly byEvent: readonly EventTransition[];
  readonly byBand: readonly BandTransition[];
  readonly byTime: readonly TimeTransition[];
  /** Which events end which silence; transitions that name the same events share one. */
  readonly silences: ReadonlyMap<string, EventMatcher>;
  /** The stages that silence leads to: who is in one has churned, who leaves them has returned. */
  readonly churned: ReadonlySet<string>;
  /** Those traits that conditions look at: the only ones remembered. */
  readonly keep: (traits: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly failures: Failures;
}

/** Compiles the playbook's stages. Throws ConditionError where a condition is not CEL. */
export function rulesOf({ stages, version }: Playbook): Rules {
  const byEvent: EventTransition[] = [];
  const byBand: BandTransition[] = [];
  const byTime: TimeTransition[] = [];
  const silences = new Map<string, EventMatcher>();
  const failures = new Failures();
  const names = new Set(stages.names);
  for (const { id, from, to, on, band, after } of stages.transitions) {
    // Whoever stands in a stage that the playbook no longer has may leave it by any transition, or they would stay in it for ever.
    const leaves = (stage: string): boolean => stage !== to && (from === undefined || from.includes(stage) || !names.has(stage));
    if (on !== undefined) byEvent.push({ id, to, leaves, on: eventMatcher(on, failures.of(`stages/${id}`)) });
    if (band !== undefined) byBand.push({ id, to, leaves, band });
    if (after !== undefined) {
      const silence = matchName(after.since);
      silences.set(silence, eventMatcher(after.since, failures.of(`stages/${id}`)));
      byTime.push({ id, to, leaves, quietMs: durationMs(after.quiet), silence });
    }
  }
  const matches = stages.transitions.flatMap(({ on, after }) => [on, after?.since].filter((match) => match !== undefined));
  const churned = new Set(byTime.map(({ to }) => to));
  return {
    version,
    initial: stages.initial,
    byEvent,
    byBand,
    byTime,
    silences,
    churned,
    failures,
    keep: traitsKept(matches.map(({ where }) => where)),
  };
}
