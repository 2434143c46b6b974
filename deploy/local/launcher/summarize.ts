import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { services } from '#contracts';
import type { KafkaOptions } from '#stream';
import { schemaOf, withDatabase } from './database.ts';
import type { Settings } from './settings.ts';

export interface SummaryOptions extends Settings {
  readonly dir: string;
  readonly adminUrl: string;
  readonly kafka: KafkaOptions;
  readonly inboxDir: string;
  readonly playbook: string;
  readonly history: string;
  readonly until: string;
  readonly wallMs: number;
}

export interface SummaryResult {
  readonly summary: object;
  /** The table to print. */
  readonly table: string;
  /** What does not hold, one line each; empty when all is accounted for. */
  readonly failures: readonly string[];
}

/** Takes the summary, writes `summary.json`, and says what does not hold. */
export async function summarize(options: SummaryOptions): Promise<SummaryResult> {
  const counts = await tallies(options);
  const labelled = (pattern: RegExp): Record<string, number> =>
    Object.fromEntries([...counts].flatMap(([name, count]) => { const label = pattern.exec(name)?.[1]; return label === undefined ? [] : [[label, count]]; }).sort());
  const total = (name: string): number => counts.get(name) ?? 0;
  const states = await mailStates(options);
  const ids = inboxIds(options.inboxDir);
  const summary = {
    events: { accepted: total('identity/accepted'), duplicates: total('identity/duplicates'), dead_letters: [...counts].filter(([name]) => name.endsWith('/dead_letters')).reduce((sum, [, n]) => sum + n, 0) },
    persons: total('profile/persons'),
    milestones: labelled(/^milestones\/milestones?\.(.+)$/),
    stages: labelled(/^stages\/stage\.(.+)$/),
    stage_transitions: labelled(/^stages\/transition\.(.+)$/),
    decisions: { candidates: total('orchestration/candidates'), sent: total('orchestration/decision.sent'), deferred_open: total('orchestration/open'), dropped: labelled(/^orchestration\/decision\.dropped\.(.+)$/) },
    mails: {
      ...Object.fromEntries(['accepted', 'bounced', 'suppressed', 'expired', 'failed', 'in_doubt'].map((state) => [state, states[state] ?? 0])),
      pending: (states['pending'] ?? 0) + (states['claimed'] ?? 0) + (states['data'] ?? 0),
      in_inbox: ids.length,
      distinct_message_ids: new Set(ids).size,
    },
    virtual_to: new Date(Date.parse(`${options.until}T00:00:00Z`) + 86_400_000).toISOString(),
    wall_ms: options.wallMs,
  };
  writeFileSync(join(options.dir, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  return { summary, table: JSON.stringify(summary, undefined, 2), failures: summary.mails.pending === 0 ? [] : [`${String(summary.mails.pending)} mails are pending`] };
}

const tallies = ({ adminUrl, prefix }: SummaryOptions): Promise<Map<string, number>> =>
  withDatabase(adminUrl, async (client) => {
    const counts = new Map<string, number>();
    for (const service of services) {
      const { rows } = await client.query<{ name: string; count: string }>(`select processor || '/' || name as name, sum(count) as count from ${pg.escapeIdentifier(schemaOf(prefix, service))}.tally group by 1`);
      for (const { name, count } of rows) counts.set(name, Number(count));
    }
    return counts;
  });

const mailStates = ({ adminUrl, prefix }: SummaryOptions): Promise<Record<string, number>> =>
  withDatabase(adminUrl, async (client) => {
    const { rows } = await client.query<{ state: string; n: number }>(`select state, count(*)::int as n from ${pg.escapeIdentifier(schemaOf(prefix, 'delivery'))}.mail group by 1`);
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  });

function inboxIds(dir: string): string[] {
  const file = join(dir, 'index.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { message_id: string }).message_id);
}
