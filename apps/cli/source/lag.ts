import { baseVariables, brokerVariables, kafkaOptions, readVariables } from '#platform';
import { loadPlaybook, type SourceRule } from '#playbook';
import type { KafkaOptions } from '#stream';
import { topicReader } from '#stream/runtime';
import { ingestionVariables } from '../../../services/ingestion/environment.ts';
import { kafkaOf } from '../../../services/ingestion/sources/clusters.ts';
import { quiet } from '../installation.ts';
import { printableJson } from '../printable.ts';
import { table } from '../table.ts';
import { CursorRows, type CursorRow } from './cursors.ts';

interface Standing extends CursorRow {
  /** Undefined where the topic's cluster does not answer. */
  readonly end: number | undefined;
  readonly remark: string;
}

/** Prints where each source stands: its next offset, the topic's end, what is left, and why a partition is stopped. Changes nothing. */
export async function sourceLag({ json }: { json?: true }): Promise<void> {
  const cursors = await CursorRows.with('hito source lag', (rows) => rows.all());
  const { HITO_PREFIX, HITO_PLAYBOOK } = baseVariables;
  const { HITO_SOURCE_CLUSTERS } = ingestionVariables;
  const env = readVariables('hito source lag', { ...brokerVariables, HITO_PREFIX, HITO_PLAYBOOK, HITO_SOURCE_CLUSTERS });
  const { sources } = loadPlaybook(env.HITO_PLAYBOOK);
  const own = kafkaOptions(env, `${env.HITO_PREFIX}.cli`);
  const standings: Standing[] = [];
  for (const of of Map.groupBy(cursors, ({ source, topic }) => `${source}/${topic}`).values()) {
    const source = sources.find(({ name }) => name === of[0]?.source);
    const { ends, remark } =
      source === undefined
        ? { ends: new Map<number, number>(), remark: 'the playbook has no such source' }
        : await endsOf(source, of, () => kafkaOf(source, env.HITO_SOURCE_CLUSTERS ?? new Map(), own));
    standings.push(...of.map((cursor) => ({ ...cursor, end: ends.get(cursor.partition), remark: cursor.stopped ?? remark })));
  }
  const rows = standings.map(({ source, topic, partition, next, end, remark }) => [
    source,
    topic,
    String(partition),
    String(next),
    end === undefined ? '?' : String(end),
    end === undefined ? '?' : String(Math.max(0, end - next)),
    remark,
  ]);
  process.stdout.write(
    json === true
      ? `${printableJson(standings, 2)}\n`
      : `${table([['SOURCE', 'TOPIC', 'PARTITION', 'NEXT', 'END', 'LAG', 'REMARK'], ...rows])}\n`,
  );
}

async function endsOf(
  { name }: SourceRule,
  cursors: readonly CursorRow[],
  kafka: () => KafkaOptions,
): Promise<{ readonly ends: ReadonlyMap<number, number>; readonly remark: string }> {
  try {
    const reader = topicReader(kafka(), cursors[0]?.topic ?? '', quiet);
    try {
      await reader.cluster();
      return {
        ends: await reader.offsets(
          cursors.map(({ partition }) => partition),
          'latest',
        ),
        remark: '',
      };
    } finally {
      await reader.close();
    }
  } catch (error) {
    return { ends: new Map(), remark: `the cluster of ${name} does not answer: ${(error as Error).message}` };
  }
}
