import { assured, type Assurance } from '../assurance.ts';
import { Refusal } from '../explain.ts';
import { CursorRows } from './cursors.ts';

export interface ResumeOptions extends Assurance {
  readonly topic: string;
  readonly partition: number;
  readonly from: string;
}

/** Lets a stopped partition of a source go on. Its reader sees it within seconds. */
export async function sourceResume(source: string, { topic, partition, from, ...assurance }: ResumeOptions): Promise<void> {
  if (!/^(earliest|latest|\d{1,15})$/.test(from)) throw new Refusal('--from is earliest, latest, or an offset.');
  await CursorRows.with('hito source resume', async (rows) => {
    const cursor = (await rows.all()).find((row) => row.source === source && row.topic === topic && row.partition === partition);
    if (cursor === undefined)
      throw new Refusal(`There is no cursor of ${source} in ${topic} partition ${String(partition)}. See \`hito source lag\`.`);
    if (cursor.stopped === null) throw new Refusal('It is not stopped: nothing is to be done.');
    const says = `${source}, ${topic} partition ${String(partition)}: stands at ${String(cursor.next)}, goes on from ${from}. It was stopped: ${cursor.stopped}`;
    if (!assured(assurance, [says], true)) return;
    if (!(await rows.resume(cursor, from))) throw new Refusal('It changed meanwhile. Look at it and give the command again.');
  });
}
