import { once } from 'node:events';
import { topicOf } from '#contracts';
import { controlHeader, type LogRecord } from '#stream';
import { withLog } from './installation.ts';
import { partitionsOf, readToEnd } from './read-to-end.ts';
import { recordJson, recordLine } from './record-line.ts';
import { contractOf } from './topic-name.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Prints a topic's records, control records aside, until its end or until Ctrl-C. */
export async function read(name: string, options: { fromBeginning?: true; toEnd?: true; json?: true }): Promise<void> {
  await withLog(async ({ log, prefix }) => {
    const contract = contractOf(name, prefix);
    const topic = topicOf(prefix, contract);
    await partitionsOf(log, topic);
    const line = options.json === true ? recordJson : recordLine;
    const hide = withoutSecrets();
    const print = (partition: number, records: readonly LogRecord[]): void => {
      for (const record of records)
        if (!(controlHeader in record.headers)) process.stdout.write(`${line(contract, partition, record, hide)}\n`);
    };
    if (options.toEnd === true) return readToEnd(log, topic, undefined, print);
    const reading = await log.tail(topic, { from: options.fromBeginning === true ? 'beginning' : 'end' }, print);
    process.stderr.write(`Reading ${topic}; Ctrl-C ends.\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdout, 'error')]);
    await reading.stop();
  });
}
