import { after, parseSeq, seqHeader, type LogRecord, type Seq } from '#stream';

/** Drops what a consumer would drop: records not above the highest number seen of their origin in their partition. */
export function once(): (partition: number, record: LogRecord) => boolean {
  const highest = new Map<string, Seq>();
  return (partition, { headers }) => {
    const seq = parseSeq(headers[seqHeader]);
    if (seq === undefined) return true;
    const origin = `${String(partition)} ${seq.origin}`;
    const known = highest.get(origin);
    if (known !== undefined && !after(seq, known)) return false;
    highest.set(origin, seq);
    return true;
  };
}
