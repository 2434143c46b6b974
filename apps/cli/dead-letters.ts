import { deadLetters, services, topicOf, type Service } from '#contracts';
import type { LogRecord } from '#stream';
import { DeadLetterGroups, deadLetterTable } from './dead-letter-groups.ts';
import { Refusal } from './explain.ts';
import { withLog } from './installation.ts';
import { printableJson } from './printable.ts';
import { readToEnd } from './read-to-end.ts';
import { recordJson, recordLine } from './record-line.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Prints what was refused, by service, source and reason: how many, when, a sample. Reads the dead letters of all services to their end. */
export async function deadLettersList({ json }: { json?: true }): Promise<void> {
  await withLog(async ({ log, prefix }) => {
    const groups = new DeadLetterGroups();
    const hide = withoutSecrets();
    await Promise.all(
      services.map((service) =>
        readToEnd(log, topicOf(prefix, deadLetters(service)), undefined, (partition, records) => {
          for (const record of records)
            groups.add(service, partition, { ...record, headers: hide(record.headers) as LogRecord['headers'] });
        }),
      ),
    );
    if (json === true) process.stdout.write(`${printableJson(groups.all, 2)}\n`);
    else if (groups.all.length === 0) process.stdout.write('There are no dead letters: nothing was refused.\n');
    else
      process.stdout.write(
        `${deadLetterTable(groups.all)}\n\n\`hito dead-letters show SAMPLE\` shows one in full. Letters are kept for 90 days.\n`,
      );
  });
}

/** Prints one dead letter in full: headers and value as they lie there, without secrets. `id`: SERVICE/PARTITION/OFFSET, as the list names its samples. */
export async function deadLettersShow(id: string): Promise<void> {
  const [, service = '', partition, offset] = /^([a-z]+)\/(\d+)\/(\d+)$/.exec(id) ?? [];
  if (!isService(service))
    throw new Refusal(`${id} is no dead letter. Give one as \`hito dead-letters ls\` names its samples: ingestion/0/12.`);
  await withLog(async ({ log, prefix }) => {
    const contract = deadLetters(service);
    const found: LogRecord[] = [];
    await readToEnd(
      log,
      topicOf(prefix, contract),
      [Number(partition)],
      (_, records) => {
        found.push(...records.filter((record) => record.offset === Number(offset)));
      },
      () => found.length > 0,
    );
    const [record] = found;
    if (record === undefined)
      throw new Refusal(`There is no dead letter ${id}. It may be older than 90 days; \`hito dead-letters ls\` lists them.`);
    const hide = withoutSecrets();
    const text = recordJson(contract, Number(partition), record, hide);
    process.stdout.write(`${recordLine(contract, Number(partition), record, hide)}\n${printableJson(JSON.parse(text), 2)}\n`);
  });
}

const isService = (text: string): text is Service => services.some((service) => service === text);
