import type { Counter } from 'prom-client';
import type { Logger } from '#stream';
import type { Refusal } from '../domain/refusals.ts';

/** Calls of one source that were refused for one reason. */
export interface Refused {
  /** The name of the write key, or `unknown`. */
  readonly source: string;
  readonly kind: Refusal;
  readonly calls: number;
  /** In full, as in the dead letter; the log has the first one of a minute. */
  readonly reason: string;
}

const everyMs = 60_000;

/**
 * Counts what the edge refuses, and logs it: the first of a source and reason at once, then one line a minute with how many
 * came since. Sources are the operator's own names and reasons a closed list, so neither labels nor memory grow.
 */
export class RefusalReport {
  private readonly logged = new Map<string, { at: number; unlogged: number }>();

  constructor(
    private readonly counter: Pick<Counter<'source' | 'reason'>, 'inc'>,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly now: () => number,
  ) {}

  note({ source, kind, calls, reason }: Refused): void {
    this.counter.inc({ source, reason: kind }, calls);
    const key = `${source}/${kind}`;
    const last = this.logged.get(key) ?? { at: Number.NEGATIVE_INFINITY, unlogged: 0 };
    const unlogged = last.unlogged + calls;
    if (this.now() - last.at < everyMs) {
      this.logged.set(key, { at: last.at, unlogged });
      return;
    }
    this.logged.set(key, { at: this.now(), unlogged: 0 });
    this.logger.warn({ source, kind, calls: unlogged, reason }, 'Calls were refused; each is a dead letter of ingestion');
  }
}
