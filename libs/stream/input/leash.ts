import { after, parseSeq, seqHeader } from '../model/control.ts';
import { headerOf } from '../model/log.ts';
import type { Standing } from '../model/store.ts';
import { unplaced, type InputBuffer } from './input-buffer.ts';
import type { RecordItem, StreamBuffer } from './stream-buffer.ts';

/** How far a silent lane may go: what the first lane has taken by its last commit, and nothing else. */
export class Leash {
  /** Epoch ms. */
  readonly watermark: number;

  /** `readAt`: wall clock when the first lane was asked, ms. */
  constructor(
    readonly standing: Standing,
    readonly readAt: number,
  ) {
    this.watermark = standing.watermark ?? -Infinity;
  }

  /** The first lane has taken this record. */
  allows(input: InputBuffer, { stream, offset, incarnation, seq }: RecordItem): boolean {
    const cursor = this.cursorOf(input);
    if (cursor === undefined) return false;
    if (this.byOffset(input, stream)) return offset < cursor.nextOffset;
    const taken = cursor.origins[stream.origin];
    return taken !== undefined && !after({ incarnation, seq }, taken);
  }

  /**
   * Whether a record without time may be taken, at this watermark of the lane (epoch ms): it waits until the lane has come to where it was
   * written, and at the latest for the first lane's watermark.
   */
  allowsUntimed(input: InputBuffer, item: RecordItem, watermark: number): boolean {
    const { raw } = item;
    const written = parseSeq(headerOf(raw, seqHeader))?.at ?? raw.timestamp ?? -Infinity;
    return this.allows(input, item) && (written < watermark || watermark >= this.watermark);
  }

  /** All that the first lane has taken of this stream has been read. */
  complete(input: InputBuffer, stream: StreamBuffer): boolean {
    const cursor = this.cursorOf(input);
    if (cursor === undefined) return true;
    if (this.readToTheEnd(input)) return true;
    if (this.byOffset(input, stream)) return input.nextUnread >= cursor.nextOffset;
    const taken = cursor.origins[stream.origin];
    return taken === undefined || !after(taken, stream.last);
  }

  /** All that the first lane has taken has been taken. */
  drained(inputs: readonly InputBuffer[]): boolean {
    return inputs.every((input) =>
      [...input.streams.values()].every((stream) => {
        const next = firstRecord(stream);
        return next === undefined ? this.complete(input, stream) : !this.allows(input, next);
      }),
    );
  }

  private cursorOf({ contract }: InputBuffer) {
    return this.standing.cursors.find(({ topic }) => topic === contract.name);
  }

  /** Records are taken in the order of their offsets. */
  private byOffset(input: InputBuffer, stream: StreamBuffer): boolean {
    return input.input.kind !== 'ordered' || stream.origin === unplaced;
  }

  /** The log ended here after the first lane was asked: what it had taken is in the buffer, or was compacted away. */
  private readToTheEnd(input: InputBuffer): boolean {
    return input.end >= 0 && input.askedAt >= this.readAt && input.nextUnread >= input.end;
  }
}

function firstRecord(stream: StreamBuffer): RecordItem | undefined {
  for (let n = 0; ; n++) {
    const item = stream.at(n);
    if (item?.kind !== 'time') return item;
  }
}
