import type { Breaker, TaskStatus } from '#stream';

/** What `GET /status` answers. */
export interface ServiceStatus {
  readonly service: string;
  readonly prefix: string;
  readonly notReady: string | null;
  readonly tasks: readonly TaskStatus[];
  /** What became a dead letter here, by reason and source, as /metrics counts it. */
  readonly refused: readonly Refused[];
  /** Values in calls that nobody can read, by source. */
  readonly unreadable: readonly Found[];
  /** User ids that many people seem to share, by source and what there were too many of. */
  readonly shared: readonly Found[];
  /** Rules whose condition came to no answer, and so was false. */
  readonly conditions: readonly Failed[];
  /** Mails that are not sent, by reason. */
  readonly suppressed: readonly Suppressed[];
  /** Where this process sends to, and whether it may. */
  readonly breakers: readonly Breaker[];
}

interface Counted {
  readonly count: number;
}
export interface Found extends Counted {
  readonly source: string;
  readonly what: string;
}
export interface Refused extends Counted {
  readonly processor: string;
  readonly source: string;
  readonly reason: string;
}
export interface Failed extends Counted {
  readonly rule: string;
  readonly reason: string;
}
export interface Suppressed extends Counted {
  readonly reason: string;
}

/** The rows with those added up that are alike in all but their count, the highest first; without zeros. Their fields stand in one order. */
export function summed<Row extends Counted>(rows: readonly Row[]): readonly Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    if (row.count <= 0) continue;
    const key = JSON.stringify({ ...row, count: 0 });
    sums.set(key, { ...row, count: (sums.get(key)?.count ?? 0) + row.count });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count);
}
