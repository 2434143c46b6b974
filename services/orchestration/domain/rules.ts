import { derivedId, namespace } from '#contracts';
import { categoryPolicies, undeclared, type CategoryPolicies, type CategoryPolicy } from '#facts';
import { condition, durationMs, Failures, traitsKept, type Condition, type Playbook, type PlayRule } from '#playbook';
import { calendar, type Calendar } from './calendar.ts';
import type { Entry } from './entry.ts';
import type { HideSecrets } from './variables.ts';

export interface Play {
  readonly id: string;
  readonly category: string;
  readonly priority: number;
  readonly notAfterMs: number;
  readonly template: string;
  readonly entry: Entry;
}

/** A play that an event may start or end, if its condition holds. */
export interface EventMatch {
  readonly play: Play;
  readonly holds: Condition;
  /** The sources whose event counts; absent: any. */
  readonly sources?: ReadonlySet<string>;
}

type Index<T> = ReadonlyMap<string, readonly T[]>;

/** Orchestration's part of the playbook, indexed by what sets it in motion. */
export interface OrchestrationRules {
  /** Seals the secrets among an event's properties before a candidate keeps them. */
  readonly hide: HideSecrets;
  readonly version: string;
  /** Changes when something changes by which open candidates are judged, and with nothing else: a comment judges nobody anew. */
  readonly judging: string;
  readonly defaultZone: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly dailyCap: number;
  readonly monthlyCap: number;
  readonly calendar: Calendar;
  readonly plays: ReadonlyMap<string, Play>;
  readonly categories: CategoryPolicies;
  readonly start: {
    readonly milestone: Index<Play>;
    readonly stage: Index<Play>;
    readonly band: Index<Play>;
    readonly event: Index<EventMatch>;
  };
  /** Those traits that conditions look at: the only ones remembered. */
  readonly keep: (traits: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly exit: { readonly stageLeft: Index<Play>; readonly event: Index<EventMatch> };
  readonly failures: Failures;
}

const append = <T>(index: Map<string, T[]>, key: string, value: T): void => {
  const values = index.get(key);
  if (values === undefined) index.set(key, [value]);
  else values.push(value);
};

/** Without an `entry` an event's play takes a person in once in its `not_after`: three carts left in a minute are one reason to write. */
function entryOf({ entry, on, not_after }: PlayRule, legal: boolean): Entry {
  if (typeof entry === 'object') return { everyMs: durationMs(entry.at_most_every), untilExit: false };
  if (entry === undefined && 'event' in on && !legal) return { everyMs: durationMs(not_after), untilExit: false };
  if (entry === undefined || entry === 'always') return { everyMs: 0, untilExit: false };
  return { everyMs: Infinity, untilExit: entry === 'again_after_exit' };
}

const playOf = (rule: PlayRule, legal: boolean): Play => ({
  id: rule.id,
  category: rule.category,
  priority: rule.priority,
  notAfterMs: durationMs(rule.not_after),
  template: rule.template,
  entry: entryOf(rule, legal),
});

/** The properties of an event that the playbook declares secret. */
export const secretsOf = (secrets: Playbook['secrets'], event: string): ReadonlySet<string> =>
  new Set(secrets.flatMap((secret) => (secret.event === event ? [secret.property] : [])));

/** What a candidate's category asks for; each play's is declared, so only a candidate of a removed play can have another. */
export const policyOf = ({ categories }: OrchestrationRules, category: string): CategoryPolicy =>
  categories.get(category) ?? undeclared(category);

/** Reads orchestration's part of a playbook; `hide` seals secrets, with a key that the playbook does not hold. Throws where the window could never open. */
export function rulesOf(playbook: Playbook, hide: HideSecrets): OrchestrationRules {
  const { window, daily_cap, behaviour_monthly_cap } = playbook.sending;
  if (window.from >= window.to)
    throw new Error(
      `sending.window: it opens at ${window.from} and closes at ${window.to}; "from" must be earlier than "to" on one day, e.g. from "09:00" to "20:00".`,
    );
  const milestone = new Map<string, Play[]>();
  const stage = new Map<string, Play[]>();
  const band = new Map<string, Play[]>();
  const event = new Map<string, EventMatch[]>();
  const stageLeft = new Map<string, Play[]>();
  const exitEvent = new Map<string, EventMatch[]>();
  const failures = new Failures();
  const categories = categoryPolicies(playbook.categories);
  const plays = playbook.plays.map((rule) => {
    const play = playOf(rule, categories.get(rule.category)?.legal ?? false);
    const { on } = rule;
    const matchOf = ({ where, source }: { where?: string | undefined; source?: readonly string[] | undefined }): EventMatch => ({
      play,
      holds: condition(where, 'properties', failures.of(`plays/${rule.id}`)),
      ...(source !== undefined && { sources: new Set(source) }),
    });
    if ('milestone' in on) for (const id of new Set([on.milestone].flat())) append(milestone, id, play);
    else if ('stage' in on) append(stage, on.stage, play);
    else if ('band' in on) append(band, on.band, play);
    else append(event, on.event, matchOf(on));
    for (const exit of rule.exit)
      if ('stage_left' in exit) append(stageLeft, exit.stage_left, play);
      else append(exitEvent, exit.event, matchOf(exit));
    return play;
  });
  return {
    hide,
    version: playbook.version,
    judging: derivedId(JSON.stringify([playbook.sending, playbook.defaults.zone, playbook.categories, plays]), namespace),
    defaultZone: playbook.defaults.zone,
    window: { from: window.from, to: window.to },
    dailyCap: daily_cap,
    monthlyCap: behaviour_monthly_cap,
    calendar: calendar(window),
    categories,
    plays: new Map(plays.map((play) => [play.id, play])),
    start: { milestone, stage, band, event },
    keep: traitsKept(
      playbook.plays.flatMap(({ on, exit }) => [on, ...exit].flatMap((match) => ('event' in match ? [match.where] : []))),
    ),
    exit: { stageLeft, event: exitEvent },
    failures,
  };
}
