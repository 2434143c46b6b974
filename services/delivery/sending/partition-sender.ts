import { setTimeout as sleep } from 'node:timers/promises';
import { failPoint, Fenced, type WorkerSession } from '#stream';
import { settle, type Ending } from '../domain/reply.ts';
import { claim } from '../mails/claim.ts';
import type { Mail } from '../mails/mail.ts';
import { mark, renew, type MarkerRequest } from '../mails/marker.ts';
import { announcement } from '../mails/outcome.ts';
import { look, recover, type RecoverOptions } from '../mails/recover.ts';
import { settleMails, type Settled } from '../mails/settle.ts';
import { attempt } from './attempt.ts';
import { Bell } from './bell.ts';
import { Grouped } from './grouped.ts';
import type { SenderOptions } from './options.ts';

/** After a nudge the decision's row may not be committed yet: look again soon, then ever later up to `idleMs`. */
const firstLookMs = 30;

/**
 * Sends the mails of one partition until its session's signal aborts; then finishes what is in flight and leaves the rest pending. `run`
 * rejects with `Fenced` when another owns the partition.
 */
export class PartitionSender {
  private readonly session: WorkerSession;
  private readonly options: SenderOptions;
  private readonly recovery: RecoverOptions;
  /** By token. */
  private readonly inFlight = new Map<string, { mail: Mail; done: Promise<void> }>();
  private readonly bell = new Bell();
  private readonly markers: Grouped<MarkerRequest, boolean>;
  private readonly endings: Grouped<Settled, void>;
  private fenced = false;
  private renewedAt = performance.now();

  constructor(session: WorkerSession, options: SenderOptions) {
    this.session = session;
    this.options = options;
    this.recovery = {
      partition: session.partition,
      doubtAfterMs: options.times.replyMs + options.marginMs,
      resendCategories: options.resendCategories,
      resendAfterMs: options.resendAfterMs,
      resends: 1,
    };
    this.markers = new Grouped((requests) => session.checked((sql) => mark(sql, requests)));
    this.endings = new Grouped((settled) => this.record(settled));
  }

  async run(nudged: () => Promise<void>): Promise<void> {
    const { signal } = this.session;
    signal.addEventListener('abort', () => {
      this.bell.ring();
    });
    void this.listen(nudged);
    let restMs = firstLookMs;
    while (!this.leaving) {
      const claimed = await this.turn();
      if (claimed > 0) {
        restMs = firstLookMs;
        // More may be due: go on as soon as half of these are through.
        await this.bell.wait(this.options.idleMs);
        continue;
      }
      const rung = await this.bell.wait(restMs);
      restMs = rung ? firstLookMs : Math.min(this.options.idleMs, restMs * 2);
      if (rung && !this.leaving) await sleep(firstLookMs);
    }
    await Promise.allSettled([...this.inFlight.values()].map(({ done }) => done));
    if (this.fenced) throw new Fenced(`sender/${String(this.session.partition)}`);
  }

  private get leaving(): boolean {
    return this.fenced || this.session.signal.aborted;
  }

  private async listen(nudged: () => Promise<void>): Promise<void> {
    while (!this.leaving) {
      await nudged();
      this.bell.ring();
      await sleep(firstLookMs);
    }
  }

  /** One look and what it calls for; how many mails were claimed. */
  private async turn(): Promise<number> {
    const { connections, batch, logger } = this.options;
    const { session } = this;
    try {
      await this.renewLeases();
      const { due, recoverable } = await session.unchecked((sql) => look(sql, this.recovery));
      if (recoverable) await session.transaction((sql) => recover(sql, this.recovery));
      if (!due || this.inFlight.size > batch / 2) return 0;
      const limit = await connections.reserve(batch, this.options.idleMs);
      if (limit === 0) return 0;
      try {
        const mails = await this.claim(limit);
        for (const mail of mails) this.start(mail);
        return mails.length;
      } finally {
        connections.unreserve(limit);
      }
    } catch (error) {
      if (error instanceof Fenced) this.fenced = true;
      else {
        logger.warn({ partition: session.partition, reason: (error as Error).message }, 'The sender waits for its database');
        await this.bell.wait(1_000);
      }
      return 0;
    }
  }

  private async claim(limit: number): Promise<Mail[]> {
    if (this.leaving) return [];
    const { connections, leaseMs, hash } = this.options;
    const open = { smtp: connections.isOpen('smtp'), inbox: connections.isOpen('inbox') };
    const { partition } = this.session;
    const { hasInbox } = connections;
    const mails = await this.session.transaction((sql) => claim(sql, { partition, limit, leaseMs, open, hasInbox, hash }));
    if (mails.length > 0) failPoint('after-claim');
    return mails;
  }

  private start(mail: Mail): void {
    const done = this.deliver(mail)
      .catch((error: unknown) => {
        this.options.logger.error({ message_id: mail.id, reason: (error as Error).message }, 'An attempt ended without a record; its row is recovered by age');
      })
      .finally(() => {
        this.inFlight.delete(mail.token);
        if (this.inFlight.size <= this.options.batch / 2) this.bell.ring();
      });
    this.inFlight.set(mail.token, { mail, done });
  }

  private async deliver(mail: Mail): Promise<void> {
    const { connections, backoff } = this.options;
    await connections.enter();
    try {
      const ending: Ending = this.leaving ? { kind: 'released' } : await attempt(mail, this.options, (request) => this.mark(request));
      if (ending.kind === 'reply' && ending.stage === 'body') failPoint('after-reply-before-commit');
      const settlement = settle(ending, mail.deferrals, backoff);
      if (settlement !== undefined) await this.endings.add({ mail, settlement });
    } finally {
      // Not before the reply is recorded: so a crash leaves at most as many mails in doubt as there are connections.
      connections.leave();
    }
  }

  private async mark(request: MarkerRequest): Promise<'granted' | 'refused' | 'released'> {
    if (this.leaving) return 'released';
    return (await this.markers.add(request)) ? 'granted' : 'refused';
  }

  /**
   * Writes how attempts ended. Under the fence the outcomes go with it; where that fails, the bare fact is written all the same, by
   * attempt and token, and the partition's owner announces it.
   */
  private async record(settled: readonly Settled[]): Promise<void[]> {
    const { session } = this;
    const nothing = settled.map(() => undefined);
    if (!this.fenced) {
      try {
        await session.transaction(async (sql) => ({ result: undefined, ...announcement(await settleMails(sql, settled, true)) }));
        return nothing;
      } catch (error) {
        if (error instanceof Fenced) this.fenced = true;
        else this.options.logger.warn({ partition: session.partition, reason: (error as Error).message }, 'Replies could not be recorded; trying again');
      }
    }
    for (let tries = 1; ; tries += 1) {
      try {
        await session.unchecked((sql) => settleMails(sql, settled, false));
        return nothing;
      } catch (error) {
        // A minute without a database: what was in data is found in_doubt by its age.
        if (tries === 60) throw error;
        await sleep(1_000);
      }
    }
  }

  private async renewLeases(): Promise<void> {
    const { leaseMs } = this.options;
    if (performance.now() - this.renewedAt < leaseMs / 3) return;
    this.renewedAt = performance.now();
    const mails = [...this.inFlight.values()].map(({ mail }) => mail);
    if (mails.length > 0) await this.session.checked((sql) => renew(sql, mails, leaseMs));
  }
}
