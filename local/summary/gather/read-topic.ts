import { topicOf, type Contract, type DataOf } from '#contracts';
import { controlHeader, type Log, type LogRecord } from '#stream';
import { readToEnd } from '../../../apps/cli/read-to-end.ts';
import { once } from '../../../apps/cli/without-repeats.ts';

/** Where to read. */
export interface Source {
  readonly log: Log;
  readonly prefix: string;
}

/** Every record of a topic up to its present end. */
export const readRecords = (
  { log, prefix }: Source,
  contract: Contract,
  onRecord: (record: LogRecord, partition: number) => void,
): Promise<void> =>
  readToEnd(log, topicOf(prefix, contract), undefined, (partition, records) => {
    for (const record of records) onRecord(record, partition);
  });

/** The same with repeats dropped; control records go to `onControl`. */
export async function readOnce(
  source: Source,
  contract: Contract,
  onRecord: (record: LogRecord) => void,
  onControl: (record: LogRecord) => void = () => undefined,
): Promise<void> {
  const isNew = once();
  await readRecords(source, contract, (record, partition) => {
    if (record.headers[controlHeader] !== undefined) onControl(record);
    else if (isNew(partition, record)) onRecord(record);
  });
}

/** The same through the contract, each record turned into what is kept of it. Throws where one does not fit its contract. */
export async function readAll<C extends Contract, Kept>(
  source: Source,
  contract: C,
  keep: (data: DataOf<C>) => Kept,
): Promise<Kept[]> {
  const kept: Kept[] = [];
  const broken: string[] = [];
  await readOnce(source, contract, ({ value, offset }) => {
    if (value === null) return;
    const checked = contract.schema.safeParse(JSON.parse(String(value)));
    if (checked.success) kept.push(keep(checked.data as DataOf<C>));
    else
      broken.push(
        `a record at offset ${String(offset)}: ${checked.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`,
      );
  });
  if (broken[0] !== undefined)
    throw new Error(
      `${topicOf(source.prefix, contract)} has ${String(broken.length)} records that do not fit ${contract.name}, such as ${broken[0]}`,
    );
  return kept;
}
