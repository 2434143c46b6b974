import { topicOf } from '#contracts';
import type { LogRecord } from '#stream';
import { Refusal } from '../explain.ts';
import { withLog } from '../installation.ts';
import { printable } from '../printable.ts';
import { partitionsOf, readToEnd } from '../read-to-end.ts';
import { contractOf } from '../topic-name.ts';
import { withoutSecrets } from '../without-secrets.ts';
import { wanted, type ExportOptions } from './options.ts';
import { Report } from './report.ts';
import { Rows } from './rows.ts';
import { fileTarget, stdoutTarget } from './target.ts';

/** The exit code where records were left out because they do not fit their contract. */
const someMisfit = 2;

/**
 * Writes the records of a topic as a table, up to the end that the topic has now. Progress and a summary go to the standard error. Sets
 * the exit code 2 where records do not fit their contract; these are left out and named.
 */
export async function exportTopic(name: string, options: ExportOptions): Promise<void> {
  const { format, span, partitions } = wanted(options);
  if (options.out === undefined && options.to === 'parquet' && process.stdout.isTTY)
    throw new Refusal('Parquet is not for a terminal: give --out FILE.');
  await withLog(async ({ log, prefix }) => {
    const contract = contractOf(name, prefix);
    const topic = topicOf(prefix, contract);
    const count = await partitionsOf(log, topic);
    const missing = partitions?.find((one) => one >= count);
    if (missing !== undefined)
      throw new Refusal(`${topic} has partitions 0 to ${String(count - 1)}; there is no ${String(missing)}.`);
    const rows = new Rows(contract, span, withoutSecrets());
    const target = options.out === undefined ? stdoutTarget() : fileTarget(options.out);
    const report = new Report(topic, target, await recordsIn(log, topic, partitions));
    const telling = setInterval(() => process.stderr.write(`${report.progress()}\n`), 5_000);
    try {
      const table = format(rows.columns, target.write);
      const take = (partition: number, records: readonly LogRecord[]): void => {
        for (const record of records) {
          const taken = rows.take(partition, record);
          if ('row' in taken) table.add(taken.row);
          report.count(taken, partition, record.offset);
        }
      };
      await readToEnd(log, topic, partitions, take, () => target.isClosed());
      table.end();
      target.keep();
    } catch (error) {
      target.drop();
      throw error;
    } finally {
      clearInterval(telling);
    }
    process.stderr.write(`${report.lines().map(printable).join('\n')}\n`);
    if (report.misfits > 0) process.exitCode = someMisfit;
  });
}

/** How many offsets lie between begin and end of the partitions, all where none are named. */
async function recordsIn(
  log: Parameters<typeof readToEnd>[0],
  topic: string,
  partitions: readonly number[] | undefined,
): Promise<number> {
  const [starts, ends] = await Promise.all([log.starts([topic]), log.ends([topic])]);
  const sizes = (ends.get(topic) ?? []).map((end, partition) => end - (starts.get(topic)?.[partition] ?? 0));
  return sizes.reduce((sum, size, partition) => sum + (partitions?.includes(partition) === false ? 0 : size), 0);
}
