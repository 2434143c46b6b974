import type { Cause } from '#contracts';
import { headerOf } from '../model/log.ts';
import type { RecordItem } from '../input/stream-buffer.ts';
import { placeBelow, placeIn, placeText, traceHeader, type Span, type TracePlace } from '../model/trace.ts';

/** What was done as part of a trace, before it is known when it ended. */
export type Traced = Omit<Span, 'startedAt' | 'endedAt'>;

/** The pieces of work of one transaction that belong to traces. */
export class Tracks {
  readonly traced: Traced[] = [];

  /** `processor`: its name; `traced`: traces are followed at all. */
  constructor(
    private readonly processor: string,
    private readonly follows: boolean,
  ) {}

  /** Takes note of a traced record, and gives the place of what is done about it. */
  follow({ raw, reader: { topic, partition }, offset, key }: RecordItem): TracePlace | undefined {
    const parent = this.follows ? placeIn(headerOf(raw, traceHeader)) : undefined;
    if (parent === undefined) return undefined;
    return this.work(parent, `${topic}/${String(partition)}/${String(offset)}`, key, {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': offset,
    });
  }

  /** A trace that was kept goes on: this is its next piece of work, one for all that one decide emits about it (`before`). */
  resume(text: string, key: string, cause: Cause, before: Map<string, string | undefined>): string | undefined {
    if (!this.follows) return undefined;
    if (!before.has(text)) {
      const parent = placeIn(text);
      before.set(text, parent && placeText(this.work(parent, cause.id, key, {})));
    }
    return before.get(text);
  }

  /** The last piece of work came to nothing. */
  failed(kind: NonNullable<Traced['failed']>): void {
    const last = this.traced.pop();
    if (last !== undefined) this.traced.push({ ...last, failed: kind });
  }

  private work(parent: TracePlace, what: string, personId: string, attributes: Traced['attributes']): TracePlace {
    const place = placeBelow(parent, `${this.processor}/${what}`);
    const about = attributes['messaging.destination.name'] ?? 'wake';
    this.traced.push({
      place,
      parent: parent.spanId,
      name: `${this.processor} ${String(about)}`,
      kind: 'consumer',
      personId,
      attributes,
    });
    return place;
  }
}
