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
    private readonly counters: Record<'refused' | 'lost' | 'letterless', Pick<Counter<'source' | 'reason'>, 'inc'>>,
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly now: () => number,
  ) {}

  note({ source, kind, calls, reason }: Refused): void {
    this.counters.refused.inc({ source, reason: kind }, calls);
    this.log(`${source}/${kind}`, { source, kind, reason }, calls, 'Calls were refused; each is a dead letter of ingestion');
  }

  /** Refused calls, or a body, withdrew a consent that nobody hears. */
  lost({ source, kind, calls }: Omit<Refused, 'reason'>): void {
    this.counters.lost.inc({ source, reason: kind }, calls);
    const line = 'Refused calls withdraw consents of people whose ids cannot be read: see the dead letters of ingestion';
    this.log(`lost ${source}/${kind}`, { source, kind }, calls, line);
  }

  /** A refused body leaves no dead letter, for its source has had as many as it may. */
  letterless({ source, kind }: Pick<Refused, 'source' | 'kind'>): void {
    this.counters.letterless.inc({ source, reason: kind });
  }

  private log(key: string, fields: object, calls: number, line: string): void {
    const last = this.logged.get(key) ?? { at: Number.NEGATIVE_INFINITY, unlogged: 0 };
    const unlogged = last.unlogged + calls;
    if (this.now() - last.at < everyMs) {
      this.logged.set(key, { at: last.at, unlogged });
      return;
    }
    this.logged.set(key, { at: this.now(), unlogged: 0 });
    this.logger.warn({ ...fields, calls: unlogged }, line);
  }
}
