import { cut, rounded as roundedTo, roundedNumbers } from '#facts';
import { printable, printableIn } from '../printable.ts';
import type { AnyEntry } from './history.ts';

/** What a record says, in words, with the numbers it was decided on. `rivals`: for a decision, who competed. */
export function says(told: AnyEntry, rivals: readonly string[] = []): string {
  const entry = printableIn(told);
  switch (entry.topic) {
    case 'collected.v1': {
      const { type, event, source, message_id, occurred_at } = entry.data;
      return `${type}${event === undefined ? '' : ` “${event}”`} from ${source} (message ${message_id}), happened ${occurred_at}`;
    }
    case 'identified.v1':
      return `its person is ${entry.data.person_id}`;
    case 'events.v1':
      return `“${entry.data.event}” ${fields(entry.data.properties)}, happened ${entry.data.moment}`;
    case 'profiles.v1':
      return `profile of ${entry.data.email ?? entry.data.user_id ?? entry.data.person_id}`;
    case 'scores.v1': {
      const { points, total, engagement, fit, previous_band, band, rule, parts = [] } = entry.data;
      const each = parts.map((part) => `${part.rule} ${signed(part.points)}`).join(', ');
      const moved = previous_band === band ? band : `${previous_band} → ${band}`;
      return `${signed(points)} by ${by(rule)}${each === '' ? '' : ` (${each})`}: total ${rounded(total)} (behaviour ${rounded(engagement)}, fit ${rounded(fit)}), ${moved}`;
    }
    case 'stages.v1': {
      const { from, to, rule, evidence } = entry.data;
      const quiet =
        evidence.quiet_ms === undefined ? '' : ` after ${rounded(evidence.quiet_ms / 86_400_000)} days without another`;
      return `${from} → ${to} by ${by(rule)}${quiet}${evidence.since === undefined ? '' : ` since ${evidence.since}`}`;
    }
    case 'milestones.v1': {
      const { milestone, kind, occurrence, value, threshold, rule, aggregates } = entry.data;
      const { count, sum_minor, currency = '' } = aggregates;
      const sum = sum_minor === undefined ? '' : `, ${major(sum_minor)} ${currency}`;
      const number = kind === 'sum' ? major : String;
      const reached =
        aggregates.local_date === undefined
          ? `${number(value)} reached ${number(threshold)}`
          : `number ${occurrence}, on the person's ${aggregates.local_date}`;
      return `${milestone} (${kind}): ${reached}; ${String(count)} ${count === 1 ? 'event' : 'events'} so far${sum}; by ${by(rule)}`;
    }
    case 'messages.v1':
      return decision(entry.data, rivals);
    case 'hits.v1':
      return `${entry.data.kind}${entry.data.link === undefined ? '' : ` of link ${String(entry.data.link)}`}${entry.data.user_agent === undefined ? '' : ` by ${entry.data.user_agent}`}`;
    case 'outcomes.v1': {
      const { verdict, reason, attempt, smtp_reply, consents = {} } = entry.data;
      const changed = Object.entries(consents).map(
        ([category, { granted }]) => `${granted ? 'granted' : 'withdrawn'}: ${category}`,
      );
      return [
        verdict,
        ...changed,
        reason && (reasons.get(reason) ?? reason),
        attempt === undefined ? undefined : `attempt ${String(attempt)}`,
        smtp_reply,
      ]
        .filter((word) => word !== undefined)
        .join(', ');
    }
  }
}

/** Reasons that lie with other ids of the same mailbox, which the person's own story does not show. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['mailbox_opt_out', 'mailbox_opt_out: another id with this address withdrew the category'],
  ['mailbox_daily', 'mailbox_daily: another id with this address has had the mail of this day'],
  ['mailbox_monthly', 'mailbox_monthly: other ids with this address have had the mails of this month'],
]);

type Message = Extract<AnyEntry, { topic: 'messages.v1' }>['data'];

function decision(
  { reason, last_reason, next_try, numbers, rule, template, candidate, rivals_count }: Message,
  rivals: readonly string[],
): string {
  const n = numbers;
  const window = n.window_from === undefined ? 'no window' : `window ${n.window_from}–${n.window_to ?? ''}`;
  return [
    `${reason}${last_reason === undefined ? '' : ` (last deferred for: ${last_reason})`}${next_try === undefined ? '' : `, next try ${next_try}`}; by ${by(rule)}${template === undefined ? '' : `, template ${template}`}`,
    `${n.local} in ${n.zone}, ${window}; ${String(n.sent_today)} of ${String(n.daily_cap)} today, ${String(n.behaviour_this_month)} of ${String(n.monthly_cap)} about behaviour this month; not after ${candidate.not_after}`,
    ...(rivals.length > 1 ? [`${String(rivals_count)} competed:`, ...rivals.map((rival) => `  ${printable(rival)}`)] : []),
  ].join('\n');
}

const by = ({ id, version }: { id: string; version: string }): string => `rule ${id}@${version}`;
const major = (minor: number): string => (minor / 100).toFixed(2);
export const rounded = (n: number): string => String(roundedTo(n, 2));
const signed = (n: number): string => `${n < 0 ? '' : '+'}${rounded(n)}`;
const fields = (properties: Readonly<Record<string, unknown>>): string =>
  cut(
    Object.entries(properties)
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value, roundedNumbers)}`)
      .join(' '),
    200,
  );
