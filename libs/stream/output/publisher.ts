import { failPoint } from '../model/fail-point.ts';
import type { Log, Outgoing, OutRecord } from '../model/log.ts';
import type { Logger } from '../model/runtime.types.ts';
import { pause, Signal } from '../model/signal.ts';

/** Bytes committed and not yet acknowledged by the broker before the task waits. */
const maxUnpublished = 8 * 1024 * 1024;
const backoff = [50, 100, 250, 500, 1_000, 2_000];

interface Batch {
  readonly records: readonly Outgoing[];
  readonly lastSeq: number;
  /** Time records behind them; a later batch's replace an earlier's. */
  readonly marks: readonly OutRecord[];
  readonly bytes: number;
}

interface Queued extends Batch {
  /** When it was handed in, on the process' own clock, ms. */
  readonly since: number;
}

/** Publishes a task's committed messages in order: nothing later before everything earlier is acknowledged; for ever, until it works. */
export class Publisher {
  private queue: Queued[] = [];
  /** Since when the oldest batch that is under way has waited. */
  private underWay: number | undefined;
  private bytes = 0;
  private readonly stopped = new AbortController();
  private readonly room = new Signal();
  private readonly more = new Signal();
  private readonly done: Promise<void>;
  private draining = false;
  private broken: Error | undefined;
  /** The last sequence number that the broker has acknowledged. */
  publishedSeq = 0;
  /** Why the last attempt failed, while it does. */
  failing: string | undefined;

  constructor(
    private readonly log: Pick<Log, 'produce'>,
    private readonly logger: Logger,
    private readonly onPublished: () => void,
  ) {
    this.done = this.run().catch((error: unknown) => {
      this.broken = error as Error;
      this.room.notify();
      this.onPublished();
    });
  }

  enqueue(batch: Batch): void {
    this.queue.push({ ...batch, since: performance.now() });
    this.bytes += batch.bytes;
    this.more.notify();
  }

  /** For how long the oldest batch has waited for its acknowledgement, ms; 0 when there is none. */
  get unpublishedMs(): number {
    const since = this.underWay ?? this.queue[0]?.since;
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Resolves when little enough is unpublished; rejects when publishing itself broke. */
  async hasRoom(): Promise<void> {
    while (this.broken === undefined && this.bytes > maxUnpublished && !this.stopped.signal.aborted) await this.room.wait(1_000);
    if (this.broken !== undefined) throw this.broken;
  }

  /** Orderly: publishes what is queued, for at most `ms`. */
  async drain(ms: number): Promise<void> {
    this.draining = true;
    this.more.notify();
    await Promise.race([this.done, pause(ms)]);
    this.abandon();
  }

  /** At once: the next owner finds what is left in the outbox. */
  abandon(): void {
    this.stopped.abort();
    this.more.notify();
    this.room.notify();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      if (this.queue.length === 0) {
        if (this.draining) return;
        await this.more.wait(60_000);
        continue;
      }
      const batches = this.queue;
      this.queue = [];
      this.underWay = batches[0]?.since;
      const records = [
        ...batches.flatMap((batch) => batch.records),
        ...(batches.findLast(({ marks }) => marks.length > 0)?.marks ?? []),
      ];
      if (records.length > 0) {
        failPoint('before-publish');
        if (!(await this.untilAcknowledged(records))) return;
        failPoint('after-publish');
      }
      this.underWay = undefined;
      for (const { bytes } of batches) this.bytes -= bytes;
      this.publishedSeq = Math.max(this.publishedSeq, (batches.at(-1) as Queued).lastSeq);
      this.room.notify();
      this.onPublished();
    }
  }

  private async untilAcknowledged(records: readonly Outgoing[]): Promise<boolean> {
    for (let attempt = 0; !this.stopped.signal.aborted; attempt++) {
      try {
        await this.log.produce(records);
        this.failing = undefined;
        return true;
      } catch (error) {
        this.failing = (error as Error).message;
        this.logger.warn({ error: this.failing, records: records.length }, 'publishing failed and is repeated');
        await pause(backoff[Math.min(attempt, backoff.length - 1)] ?? 2_000, this.stopped.signal);
      }
    }
    return false;
  }
}
