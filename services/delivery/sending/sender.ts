import { setTimeout as sleep } from 'node:timers/promises';
import { type Breaker, failPoint, Fenced, kindOf, Signal, type Span, type WorkerSession } from '#stream';
import { settle, type Ending, type Settlement } from '../domain/reply.ts';
import { claim } from '../mails/claim.ts';
import { traceId, type Mail } from '../mails/mail.ts';
import { renew } from '../mails/marker.ts';
import { firstDue, giveUp } from '../mails/unclaimable.ts';
import { recover, recoverable, type RecoverOptions } from '../mails/recover.ts';
import { attempt } from './attempt.ts';
import { ByDomain } from './by-domain.ts';
import { HeldPartition } from './held-partition.ts';
import { learn } from './learn.ts';
import { Ledger } from './ledger.ts';
import type { SenderOptions } from './options.ts';

/** After a nudge the decision's row may not be committed yet: look again soon, then ever later up to `idleMs`. */
const firstLookMs = 30;

const alarmEveryMs = 60_000;
const blamed =
  'A server refuses mail for our sake: our address, reputation or configuration. The mail is tried again, the person is not suppressed';
const locked =
  'A secret of a mail was sealed with a key that this process does not have. The mail waits until its not_after. Give delivery the HITO_SECRET_KEYS and HITO_SIGNING_KEY of orchestration (docs/runbooks/HitoSecretKeyUnknown.md)';

const replyCode = (reply: string): string => /^\d{3}/.exec(reply)?.[0] ?? '';

interface Work {
  readonly mail: Mail;
  readonly held: HeldPartition;
}

/**
 * Sends the mails of all partitions that this process holds: one loop claims for all of them, the connections take what was claimed in
 * turn, one ledger writes what became of it.
 */
export class Sender {
  private readonly options: SenderOptions;
  private readonly recovery: RecoverOptions;
  private readonly ledger: Ledger;
  private readonly partitions = new Set<HeldPartition>();
  private readonly queue: Work[] = [];
  private readonly inFlight = new Set<Mail>();
  private readonly bell = new Signal();
  private looping = false;
  private renewedAt = performance.now();
  private lookedAt = -Infinity;
  private readonly byDomain = new ByDomain();
  private readonly alarmedAt = new Map<string, number>();

  constructor(options: SenderOptions, ledger = new Ledger(options.logger)) {
    this.options = options;
    this.ledger = ledger;
    this.recovery = {
      doubtAfterMs: options.times.replyMs + options.marginMs,
      resendAfterMs: options.resendAfterMs,
      resends: 1,
    };
  }

  /**
   * Sends the mails of one partition until its session's signal aborts; then finishes what is in flight and leaves the rest pending.
   * Rejects with `Fenced` when another owns the partition.
   */
  async run(session: WorkerSession, nudged: () => Promise<void>): Promise<void> {
    if (session.recovery !== undefined) await learn(session, session.recovery, this.options.logger);
    const held = new HeldPartition(session, () => {
      this.release(held);
    });
    this.partitions.add(held);
    this.lookedAt = -Infinity;
    void this.listen(held, nudged);
    this.bell.notify();
    if (!this.looping) void this.loop();
    await held.done;
    this.partitions.delete(held);
    this.bell.notify();
    if (held.fenced) throw new Fenced(`sender/${String(session.partition)}`);
  }

  /** What keeps mail from leaving, for `hito status`; nothing where all is well. */
  get trouble(): string | undefined {
    return this.options.connections.trouble;
  }

  /** The ways out, for `hito status`. */
  get breakers(): readonly Breaker[] {
    return this.options.connections.breakers;
  }

  /** Which ways are open, 1 or 0, as `way.smtp` and `way.inbox`; and how attempts ended, by receiving domain. */
  get readings(): Readonly<Record<string, number>> {
    const { connections } = this.options;
    const open = (way: 'smtp' | 'inbox'): number => (connections.isOpen(way) ? 1 : 0);
    return { 'way.smtp': open('smtp'), ...(connections.hasInbox && { 'way.inbox': open('inbox') }), ...this.byDomain.readings };
  }

  private async listen(held: HeldPartition, nudged: () => Promise<void>): Promise<void> {
    while (!held.leaving) {
      await nudged();
      this.bell.notify();
      await sleep(firstLookMs);
    }
  }

  private async loop(): Promise<void> {
    this.looping = true;
    let restMs = firstLookMs;
    while (this.partitions.size > 0) {
      const more = await this.turn();
      const rung = await this.bell.wait(more ? this.options.idleMs : restMs);
      restMs = rung || more ? firstLookMs : Math.min(this.options.idleMs, restMs * 2);
      // Together what comes together; where more is known to be due, at once.
      if (rung && !more) await sleep(firstLookMs);
    }
    this.looping = false;
  }

  /** One look and what it calls for; true where more may be due than was claimed. */
  private async turn(): Promise<boolean> {
    const { batch, logger, idleMs } = this.options;
    const open = [...this.partitions].filter(({ leaving }) => !leaving);
    try {
      await this.renewLeases(open);
      if (performance.now() - this.lookedAt >= idleMs) await this.recover(open);
      const limit = batch - this.queue.length;
      // A full queue: the bell rings when half of it is through.
      if (limit < batch / 2) return true;
      return (await this.claimApart(open, limit)) === limit;
    } catch (error) {
      logger.warn({ reason: (error as Error).message }, 'The sender waits for its database');
      await sleep(1_000);
      return false;
    }
  }

  private async recover(open: readonly HeldPartition[]): Promise<void> {
    const [first] = open;
    if (first === undefined) return;
    const found = await first.session.unchecked((sql) =>
      recoverable(
        sql,
        open.map((held) => held.number),
        this.recovery,
      ),
    );
    for (const held of open.filter(({ number }) => found.includes(number))) {
      try {
        await held.session.transaction((sql) => recover(sql, held.number, this.recovery));
      } catch (error) {
        if (error instanceof Fenced) held.fence();
        else if (kindOf(error) !== 'data') throw error;
        // The rest of the sender does not wait for it.
        else
          this.options.logger.error(
            { partition: held.number, reason: (error as Error).message },
            'What earlier owners left in this partition cannot be put right; its rows need a look',
          );
      }
    }
    this.lookedAt = performance.now();
  }

  /** Claims. Where the database refuses, ever fewer partitions and mails at once, until the one that it is about fails alone. */
  private async claimApart(open: readonly HeldPartition[], limit: number): Promise<number> {
    try {
      return await this.claim(open, limit);
    } catch (error) {
      if (kindOf(error) !== 'data') throw error;
      const [first] = open;
      if (first === undefined) return 0;
      if (open.length > 1) {
        const half = open.length >> 1;
        const claimed = await this.claimApart(open.slice(0, half), limit);
        return claimed < limit ? claimed + (await this.claimApart(open.slice(half), limit - claimed)) : claimed;
      }
      return limit > 1 ? this.claimApart(open, limit >> 1) : this.claimOrFail(first);
    }
  }

  /** The first mail that is due in a partition is claimed, or fails with the database's reason. */
  private async claimOrFail(held: HeldPartition): Promise<number> {
    const id = await held.session.unchecked((sql) => firstDue(sql, held.number, this.ways));
    if (id === undefined) return 0;
    try {
      return await this.claim([held], 1, id);
    } catch (error) {
      if (kindOf(error) !== 'data') throw error;
      this.options.logger.error({ message_id: id, reason: (error as Error).message }, 'A mail cannot be claimed; it fails alone');
      await held.session.transaction((sql) => giveUp(sql, id, (error as Error).message));
      return 0;
    }
  }

  private get ways(): { smtp: boolean; inbox: boolean } {
    const { connections } = this.options;
    return { smtp: connections.isOpen('smtp'), inbox: connections.isOpen('inbox') };
  }

  private async claim(open: readonly HeldPartition[], limit: number, only?: string): Promise<number> {
    const { connections, leaseMs, hash, categories } = this.options;
    const [first, ...others] = open.filter(({ leaving }) => !leaving);
    if (first === undefined) return 0;
    const { ways } = this;
    const { result: mails, held } = await first.session.together(
      others.map(({ session }) => session),
      (sql, mine) =>
        claim(sql, { partitions: mine, limit, leaseMs, open: ways, hasInbox: connections.hasInbox, categories, hash, only }),
    );
    for (const partition of [first, ...others]) if (!held.has(partition.number)) partition.fence();
    if (mails.length > 0) failPoint('after-claim');
    const byNumber = new Map([first, ...others].map((partition) => [partition.number, partition]));
    for (const mail of mails) {
      const owner = byNumber.get(mail.partition);
      if (owner === undefined) continue;
      owner.begin(mail.token);
      this.inFlight.add(mail);
      this.queue.push({ mail, held: owner });
    }
    this.fillConnections();
    return mails.length;
  }

  private fillConnections(): void {
    const { connections } = this.options;
    for (let free = this.queue.length; free > 0 && connections.enter(); free -= 1) void this.connection();
  }

  /** One place among the connections: mail after mail, as long as there are any. */
  private async connection(): Promise<void> {
    // The last reply is recorded while the next mail's envelope is under way; the ledger writes it before, or with, that mail's marker.
    let recorded = Promise.resolve();
    for (let work = this.queue.shift(); work !== undefined; work = this.queue.shift()) {
      if (this.queue.length === this.options.batch >> 1) this.bell.notify();
      const startedAt = Date.now();
      const ending = await this.deliver(work);
      recorded = this.record(work, ending, { startedAt, endedAt: Date.now() });
    }
    await recorded;
    this.options.connections.leave();
    this.fillConnections();
  }

  private async deliver({ mail, held }: Work): Promise<Ending> {
    if (held.leaving) return { kind: 'released' };
    let unrecordable: string | undefined;
    const ending = await attempt(mail, this.options, async (request) => {
      if (held.leaving) return 'released';
      return this.ledger.mark(held, request).catch((error: unknown) => {
        if (kindOf(error) === 'data') unrecordable = (error as Error).message;
        throw error;
      });
    });
    // No byte of the body left without its marker.
    if (unrecordable !== undefined) return { kind: 'unsendable', why: `unrecordable: ${unrecordable}` };
    if (ending.kind === 'reply' && ending.stage === 'body') failPoint('after-reply-before-commit');
    return ending;
  }

  /** Never rejects: what cannot be recorded is found by its age. */
  private async record({ mail, held }: Work, ending: Ending, times?: Pick<Span, 'startedAt' | 'endedAt'>): Promise<void> {
    const settlement = settle(ending, mail.deferrals, this.options.backoff);
    if (settlement !== undefined) this.byDomain.count(mail.email, settlement.state === 'pending' ? 'deferred' : settlement.state);
    if (settlement?.blame === 'sender') this.alarm(mail, blamed, { reply: settlement.reply });
    if (settlement?.unopened === true) this.alarm(mail, locked);
    try {
      if (settlement !== undefined) await this.ledger.settle(held, { mail, settlement });
      if (times !== undefined) this.trace(mail, ending, settlement, times);
    } catch (error) {
      this.options.logger.error(
        { message_id: mail.id, reason: (error as Error).message, ...traceId(mail) },
        'An attempt ended without a record; its row is recovered by age',
      );
    }
    this.inFlight.delete(mail);
    held.end(mail.token);
  }

  private trace(
    mail: Mail,
    ending: Ending,
    settlement: Settlement | undefined,
    times: Pick<Span, 'startedAt' | 'endedAt'>,
  ): void {
    if (mail.traced === undefined) return;
    const state = settlement?.state ?? ending.kind;
    this.options.tracer?.ended({
      ...mail.traced,
      ...times,
      name: 'sender mail',
      kind: 'client',
      personId: mail.personId,
      attributes: {
        'hito.message_id': mail.id,
        'hito.play': mail.play,
        'hito.template': mail.template,
        'hito.attempt': mail.attempt,
        'hito.outcome': state,
        ...(ending.kind === 'reply' && { 'smtp.reply_code': replyCode(ending.text) }),
      },
      ...(state !== 'accepted' && { failed: state }),
    });
  }

  /** Logged once a minute, as it may be true of every mail. */
  private alarm(mail: Mail, what: string, more: object = {}): void {
    if (performance.now() - (this.alarmedAt.get(what) ?? -Infinity) < alarmEveryMs) return;
    this.alarmedAt.set(what, performance.now());
    this.options.logger.error({ message_id: mail.id, ...more, ...traceId(mail) }, what);
  }

  /** Gives back what was claimed for a partition that is being left and is not on a connection yet. */
  private release(held: HeldPartition): void {
    for (let i = this.queue.length - 1; i >= 0; i -= 1) {
      const work = this.queue[i];
      if (work?.held !== held) continue;
      this.queue.splice(i, 1);
      void this.record(work, { kind: 'released' });
    }
    this.bell.notify();
  }

  private async renewLeases([first, ...others]: readonly HeldPartition[]): Promise<void> {
    const { leaseMs } = this.options;
    if (first === undefined || performance.now() - this.renewedAt < leaseMs / 3) return;
    this.renewedAt = performance.now();
    if (this.inFlight.size === 0) return;
    await first.session.together(
      others.map(({ session }) => session),
      async (sql, mine) => {
        await renew(
          sql,
          [...this.inFlight].filter(({ partition }) => mine.has(partition)),
          leaseMs,
        );
        return { result: undefined };
      },
    );
  }
}
