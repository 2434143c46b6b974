import { collected, topicOf } from '#contracts';
import { controlHeader, seqHeader } from '#stream';
import { replay } from '../../services/ingestion/replay/client.ts';
import { pastTicks, type PastCall } from '../../services/ingestion/replay/past.ts';
import { assured, type Assurance } from './assurance.ts';
import { Refusal } from './explain.ts';
import { quiet, withLog, type Installation } from './installation.ts';
import { partitionsOf, readToEnd } from './read-to-end.ts';

/** Calls are held in memory, to be put in order. */
const mostCalls = 500_000;
/** How far the replay may be ahead of what comes back. */
const ahead = { calls: 20_000, ticks: 64 };

export interface ReplayOptions extends Assurance {
  /** Instants, ISO 8601; calls that arrived from the first on and before the second. */
  readonly from: string;
  readonly until?: string;
  /** The prefix of the installation that gets them. */
  readonly into: string;
}

/**
 * Replays calls that have come before into another, fresh installation on the same broker: to see what a changed playbook or build makes of
 * them. Each person that it makes is marked, so nobody real is mailed. Throws Refusal where that installation holds anything else.
 */
export async function replayFrom({ from, until, into, ...assurance }: ReplayOptions): Promise<void> {
  const begin = instantOf('--from', from);
  const end = until === undefined ? Date.now() : instantOf('--until', until);
  if (begin >= end) throw new Refusal('--from must lie before --until.');
  await withLog(async (installation) => {
    const { log, prefix } = installation;
    if (into === prefix)
      throw new Refusal(`--into ${into} is this installation. A replay needs a fresh one, with another prefix.`);
    const target = { prefix: into, partitions: await freshPartitions(installation, into) };
    const { calls, earlier } = await callsOf(installation, begin, end);
    const says = [
      `${String(calls.length)} calls that arrived from ${new Date(begin).toISOString()} on and before ${new Date(end).toISOString()} go from ${prefix} to ${into}.`,
      `${String(earlier)} earlier calls are left out: what they made (scores, stages, consents) is not there in the replay.`,
      'Each person that the replay makes is marked: mail goes to the development inbox, or nowhere. Nobody real is mailed.',
    ];
    if (!assured(assurance, says, calls.length > 0)) return;
    const stop = new AbortController();
    process.once('SIGINT', () => {
      stop.abort();
    });
    await replay({
      log,
      target,
      ticks: pastTicks(calls, end),
      total: calls.length,
      ahead,
      checkpoint: { history: 'past', until: new Date(end).toISOString(), position: 0, done: false },
      save: () => undefined,
      progress: ({ virtual, events, total }) => {
        process.stderr.write(`\r${virtual}  ${String(events)} of ${String(total)} calls; waits for the services of ${into}`);
      },
      logger: quiet,
      signal: stop.signal,
    });
    process.stdout.write(
      stop.signal.aborted
        ? `\nInterrupted. The same command with --until ${new Date(end).toISOString()} carries on: what was taken is dropped.\n`
        : `\nAll of it has come back: \`HITO_PREFIX=${into} npx hito read messages --to-end\` shows what was decided.\n`,
    );
  });
}

function instantOf(option: string, text: string): number {
  const instant = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) throw new Refusal(`${option} ${text} is no instant. Give 2026-10-01 or 2026-10-01T08:00:00Z.`);
  return instant;
}

/** How many partitions the target has. Throws Refusal where it holds anything that no replay has written. */
async function freshPartitions({ log }: Installation, into: string): Promise<number> {
  const topic = topicOf(into, collected);
  const partitions = await partitionsOf(log, topic);
  let foreign = 0;
  await readToEnd(log, topic, undefined, (_, records) => {
    foreign += records.filter(({ headers }) => headers[seqHeader]?.startsWith('replayer;') !== true).length;
  });
  if (foreign > 0)
    throw new Refusal(
      `${topic} holds ${String(foreign)} records that are of no replay. A replay needs a fresh installation: take another prefix.`,
    );
  return partitions;
}

async function callsOf(
  { log, prefix }: Installation,
  begin: number,
  end: number,
): Promise<{ calls: PastCall[]; earlier: number }> {
  const calls: PastCall[] = [];
  let earlier = 0;
  await readToEnd(log, topicOf(prefix, collected), undefined, (partition, records) => {
    for (const { headers, key, value, offset } of records) {
      if (controlHeader in headers || key === null || value === null) continue;
      const read = collected.schema.safeParse(parsed(value));
      // What does not fit became a dead letter when it came.
      if (!read.success) continue;
      const at = Date.parse(read.data.at);
      if (at < begin) earlier += 1;
      else if (at < end) calls.push({ partition, offset, key, value: read.data });
      if (calls.length > mostCalls)
        throw new Refusal(`There are more than ${String(mostCalls)} calls. Give an earlier --until, or a later --from.`);
    }
  });
  return { calls, earlier };
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(String(value)) as unknown;
  } catch {
    return undefined;
  }
}
