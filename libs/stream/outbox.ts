import { seqHeader, seqText } from './control.ts';
import type { Out } from './fold.ts';
import type { OutRecord } from './log.ts';

/** Where a task's output comes from, on the wire. */
export interface Origin {
  readonly name: string;
  readonly incarnation: number;
}

/** One transaction's messages as one row: a line a message, tab-separated; values that are no JSON text of ours in base64. */
export function encodeOutbox(out: readonly Out[]): Buffer {
  return Buffer.from(
    out
      .map(({ topic, partition, key, value, headers, seq }) => {
        const text = typeof value === 'string' ? value : value === null ? '' : value.toString('base64');
        const kind = typeof value === 'string' ? 't' : value === null ? 'n' : 'b';
        return [seq ? 's' : '-', kind, topic, String(partition), JSON.stringify(key), JSON.stringify(headers ?? {}), text].join(
          '\t',
        );
      })
      .join('\n'),
  );
}

export function decodeOutbox(bytes: Buffer): Out[] {
  if (bytes.length === 0) return [];
  return bytes
    .toString()
    .split('\n')
    .map((line) => {
      const [seq, kind, topic = '', partition, key = 'null', headers = '{}', text = ''] = line.split('\t');
      return {
        topic,
        partition: Number(partition),
        key: JSON.parse(key) as string | null,
        headers: JSON.parse(headers) as Record<string, string>,
        value: kind === 't' ? text : kind === 'n' ? null : Buffer.from(text, 'base64'),
        seq: seq === 's',
      };
    });
}

/** The records of an outbox row as they go to the broker: each with its place among those of its origin. */
export function numbered(out: readonly Out[], firstSeq: number, { name, incarnation }: Origin): OutRecord[] {
  let seq = firstSeq;
  return out.map(({ seq: ours, headers, ...record }) =>
    ours
      ? { ...record, headers: { ...headers, [seqHeader]: seqText(name, incarnation, seq++) } }
      : { ...record, headers: headers ?? {} },
  );
}
