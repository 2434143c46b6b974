/** What one gap between two fetches counts at most, ms: a process that slept did not fetch meanwhile. */
const longestGapMs = 1_000;

/**
 * Notices a consumer that fetches on although its group no longer knows it. kafkajs forgets its member id when the coordinator does not
 * know it; where the join that follows fails, it fetches again and, without an id, never sends a heartbeat: it is in no group for ever.
 */
export class Membership {
  private fetchedAt: number | undefined;
  private withoutBeatMs = 0;

  constructor(private readonly sessionTimeoutMs: number) {}

  /** The coordinator has answered a heartbeat or a join. */
  confirmed(): void {
    this.withoutBeatMs = 0;
    this.fetchedAt = undefined;
  }

  /** A fetch has ended at `now` (ms of a steady clock). True: it has fetched for a whole session without a heartbeat. */
  lostBy(now: number): boolean {
    this.withoutBeatMs += Math.min(longestGapMs, now - (this.fetchedAt ?? now));
    this.fetchedAt = now;
    return this.withoutBeatMs > this.sessionTimeoutMs;
  }
}
