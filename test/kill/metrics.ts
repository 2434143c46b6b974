import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../local/launcher/service-specs.ts';
import type { Summary } from '../../local/summary/summary.ts';

/** One line of /metrics. */
export interface Series {
  readonly instance: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What /metrics of these processes says of Hito's own; nothing of a process that does not answer. */
export async function scrape(instances: readonly Instance[]): Promise<Series[]> {
  const texts = await Promise.all(
    instances.map(async ({ name, internalUrl }) => {
      const answered = await fetch(`${internalUrl}/metrics`, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.text(),
        () => '',
      );
      return [name, answered] as const;
    }),
  );
  return texts.flatMap(([instance, text]) =>
    [...text.matchAll(/^(hito_\w+)\{(.*)\} (\S+)$/gm)].map(([, metric = '', labels = '', value]) => ({
      instance,
      metric,
      labels: Object.fromEntries(
        [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name = '', of = '']): [string, string] => [name, of]),
      ),
      value: Number(value),
    })),
  );
}

const aside = ['service', 'processor', 'partition', 'play', 'template', 'category'];

/** Summed over all processes, tasks and plays, as `sum without (instance, service, processor, partition, play, template, category)` does. Keys are `metric a/b`. */
export function summed(series: readonly Series[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { metric, labels, value } of series) {
    const own = Object.entries(labels).filter(([name]) => !aside.includes(name));
    const key = [metric, own.map(([, of]) => of).join('/')].join(' ').trim();
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}

/** What the metrics have to say at the end of a replay, by the summary's numbers. `lapsed` is the example's only stage of silence. */
export function expected({ events, milestones, stages, stage_transitions, decisions, mails }: Summary): Map<string, number> {
  const { in_inbox: _inbox, distinct_message_ids: _ids, ...states } = mails;
  const { pending: _pending, in_doubt: _doubt, ...outcomes } = states;
  const silent = (side: 0 | 1): number =>
    Object.entries(stage_transitions).reduce((sum, [move, n]) => sum + (move.split('→')[side] === 'lapsed' ? n : 0), 0);
  const all = (metric: string, counts: Readonly<Record<string, number>>): [string, number][] =>
    Object.entries(counts).map(([label, n]) => [`${metric} ${label}`, n]);
  return new Map([
    ...all('hito_people', stages),
    ...all('hito_stage_transitions_total', stage_transitions).map(([key, n]): [string, number] => [key.replace('→', '/'), n]),
    ['hito_churned_total', silent(1)],
    ['hito_returned_total', silent(0)],
    ...all('hito_milestones_total', milestones),
    ['hito_candidates_total', decisions.candidates],
    ['hito_candidates_open', decisions.deferred_open],
    ['hito_decisions_total sent/', decisions.sent],
    ...Object.entries(decisions.dropped).map(([reason, n]): [string, number] => [`hito_decisions_total dropped/${reason}`, n]),
    ...all('hito_mails_by_state', states),
    ...all('hito_mails_total', outcomes),
    ['hito_events_total accepted', events.accepted],
  ]);
}

/** Where the metrics differ from what is expected, one line each. */
export function disagreements(series: readonly Series[], wanted: ReadonlyMap<string, number>): string[] {
  const found = summed(series);
  return [...wanted].flatMap(([key, n]) =>
    (found.get(key) ?? 0) === n ? [] : [`metrics: expected ${key} to be ${String(n)}, found ${String(found.get(key) ?? 0)}`],
  );
}

/** The disagreements that are left when every task has an owner again, or after so long. */
export async function lastingDisagreements(
  instances: readonly Instance[],
  wanted: ReadonlyMap<string, number>,
  ms: number,
): Promise<string[]> {
  for (const end = Date.now() + ms; ; await sleep(200)) {
    const left = disagreements(await scrape(instances), wanted);
    if (left.length === 0 || Date.now() > end) return left;
  }
}
