import { seqHeader, seqText } from './control.ts';
import type { Out } from './fold.ts';
import type { OutRecord } from './log.ts';

/** Where a task's output comes from, on the wire. */
export interface Origin {
  readonly name: string;
  readonly incarnation: number;
}

/** The messages of one transaction as they go to the broker: each of ours with its place among those of its origin. */
export function numbered(out: readonly Out[], firstSeq: number, { name, incarnation }: Origin): OutRecord[] {
  let seq = firstSeq;
  return out.map(({ topic, partition, key, value, headers, at }) => ({
    topic,
    partition,
    key,
    value,
    headers: at === undefined ? (headers ?? {}) : { ...headers, [seqHeader]: seqText(name, incarnation, seq++, at) },
  }));
}

/**
 * The same as one row: a line a message, tab-separated; values that are no JSON text of ours in base64. Whoever publishes it later,
 * under whatever incarnation, publishes the same bytes, so that what is on the log already is dropped.
 */
export function encodeOutbox(records: readonly OutRecord[]): Buffer {
  return Buffer.from(
    records
      .map(({ topic, partition, key, value, headers }) => {
        const text = typeof value === 'string' ? value : value === null ? '' : value.toString('base64');
        const kind = typeof value === 'string' ? 't' : value === null ? 'n' : 'b';
        return `${kind}\t${topic}\t${String(partition)}\t${JSON.stringify(key)}\t${JSON.stringify(headers ?? {})}\t${text}`;
      })
      .join('\n'),
  );
}

export function decodeOutbox(bytes: Buffer): OutRecord[] {
  if (bytes.length === 0) return [];
  return bytes
    .toString()
    .split('\n')
    .map((line) => {
      const [kind, topic = '', partition, key = 'null', headers = '{}', text = ''] = line.split('\t');
      return {
        topic,
        partition: Number(partition),
        key: JSON.parse(key) as string | null,
        headers: JSON.parse(headers) as Record<string, string>,
        value: kind === 't' ? text : kind === 'n' ? null : Buffer.from(text, 'base64'),
      };
    });
}
