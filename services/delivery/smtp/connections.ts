import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { cut, oneLine } from '#facts';
import type { Breaker, Logger } from '#stream';
import { connect, goodbye, isInStep, type ConnectionTimes } from './connection.ts';
import { advice, Unusable } from './fault.ts';
import { defaultPauses, Health, type Fault, type Pauses } from './health.ts';
import { probe } from './probe.ts';
import { canResume } from './resume.ts';
import type { SmtpTarget } from './smtp-url.ts';

/** Where mail goes: the configured server, or the development inbox, the only one for replayed people. */
export type Way = 'smtp' | 'inbox';

interface Kept {
  readonly connection: SMTPConnection;
  used: number;
  idleSince: number;
  /** Its last mail was refused before its body. */
  refused: boolean;
}

export interface Lent {
  readonly connection: SMTPConnection;
  /** It has served before: the server may have closed it meanwhile. */
  readonly reused: boolean;
}

interface WayState {
  readonly target: SmtpTarget;
  readonly idle: Kept[];
  readonly health: Health;
  probing: NodeJS.Timeout | undefined;
}

const mostUses = 500;
/** Of a reply in a log or a status, in UTF-16 units. */
const longestReply = 300;
const idleMs = 30_000;
/** Every place is taken: a probe looks again so much later. */
const allBusyMs = 100;

/**
 * The process' connections, shared by its partitions: never more than `limit` in use, over both ways together. A way whose server
 * cannot be reached, or refuses us, is closed until a probe has gone through.
 */
export class Connections {
  private readonly ways = new Map<Way, WayState>();
  readonly limit: number;
  private readonly heloName: string;
  private readonly times: ConnectionTimes;
  private lent = 0;
  private readonly uses = new WeakMap<SMTPConnection, number>();
  private sweep: NodeJS.Timeout | undefined;
  private readonly returnPath: string;
  private readonly logger: Logger;
  private closed = false;

  constructor(options: {
    smtp: SmtpTarget;
    inbox: SmtpTarget | undefined;
    limit: number;
    heloName: string;
    times: ConnectionTimes;
    /** The sender that a probe asks about. */
    returnPath: string;
    logger: Logger;
    pauses?: Pauses;
  }) {
    this.limit = options.limit;
    this.heloName = options.heloName;
    this.times = options.times;
    this.returnPath = options.returnPath;
    this.logger = options.logger;
    for (const way of ['smtp', 'inbox'] as const) {
      const target = options[way];
      if (target !== undefined) {
        const health = new Health(options.pauses ?? defaultPauses);
        this.ways.set(way, { target, idle: [], health, probing: undefined });
      }
    }
  }

  get hasInbox(): boolean {
    return this.ways.has('inbox');
  }

  /** A way that does not exist is open: its mail is taken and suppressed. */
  isOpen(way: Way): boolean {
    return this.ways.get(way)?.health.open ?? true;
  }

  /** Each way with its state, since when, and what to do. */
  get breakers(): readonly Breaker[] {
    return [...this.ways].map(
      ([
        name,
        {
          health: { fault, open, since },
        },
      ]) => ({
        name,
        open,
        since: since.toISOString(),
        ...(fault === undefined ? {} : { trouble: `${fault.what}. ${advice[fault.kind]}` }),
      }),
    );
  }

  /** What keeps mail from leaving, for an operator to read; nothing where every way is open. */
  get trouble(): string | undefined {
    for (const [way, { health }] of this.ways)
      if (health.fault !== undefined) return `${way}: ${health.fault.what}. ${advice[health.fault.kind]}`;
    return undefined;
  }

  /** Closes a way until a probe has gone through; the first fault after an open way is an alarm. */
  fault(way: Way, { kind, what }: Fault): void {
    const state = this.ways.get(way);
    const fault = { kind, what: cut(oneLine(what), longestReply) };
    const pauseMs = state?.health.close(fault);
    if (state === undefined || pauseMs === undefined) return;
    const about = { way, fault: fault.kind, reply: fault.what, next_try_ms: pauseMs };
    if (fault.kind === 'unreachable') this.logger.warn(about, advice[fault.kind]);
    else this.logger.error(about, advice[fault.kind]);
    this.probeIn(way, state, pauseMs);
  }

  /** Asks the server anew whether it takes our sender. Rejects where it does not, or cannot be asked; then the way is closed. */
  async askForSender(way: Way): Promise<void> {
    const state = this.ways.get(way);
    if (state === undefined) return;
    this.makeRoom();
    try {
      this.keep(state, await probe(state.target, this.heloName, this.returnPath, this.times), 0);
    } catch (error) {
      this.fault(way, faultIn(error));
      throw error;
    }
  }

  /** A mail was answered by this way's server. */
  answered(way: Way): void {
    this.ways.get(way)?.health.answered();
  }

  private probeIn(way: Way, state: WayState, ms: number): void {
    if (this.closed) return;
    state.probing = setTimeout(() => {
      void this.probe(way, state);
    }, ms).unref();
  }

  private async probe(way: Way, state: WayState): Promise<void> {
    if (!this.enter()) {
      this.probeIn(way, state, allBusyMs);
      return;
    }
    this.makeRoom();
    try {
      const connection = await probe(state.target, this.heloName, this.returnPath, this.times);
      state.health.reopen();
      this.logger.info({ way }, 'The SMTP server takes mail again');
      if (this.closed) goodbye(connection);
      else this.keep(state, connection, 0);
    } catch (error) {
      const fault = faultIn(error);
      const pauseMs = state.health.stillClosed(fault);
      this.logger.warn({ way, fault: fault.kind, reply: fault.what, next_try_ms: pauseMs }, advice[fault.kind]);
      this.probeIn(way, state, pauseMs);
    } finally {
      this.leave();
    }
  }

  /** Takes a place among the `limit`, where one is free; give it back with `leave`. */
  enter(): boolean {
    if (this.lent >= this.limit) return false;
    this.lent += 1;
    return true;
  }

  leave(): void {
    this.lent -= 1;
  }

  /** An open connection; rejects when the server cannot be reached or refuses the login. `fresh`: not one that has served before. */
  async open(way: Way, fresh = false): Promise<Lent> {
    const state = this.ways.get(way);
    if (state === undefined) throw new Error(`There is no way out called ${way}`);
    this.closeStale();
    for (let kept = fresh ? undefined : state.idle.pop(); kept !== undefined; kept = state.idle.pop()) {
      if (kept.connection.destroyed) continue;
      if (kept.refused && !(await canResume(kept.connection, this.heloName))) {
        goodbye(kept.connection);
        continue;
      }
      this.uses.set(kept.connection, kept.used);
      return { connection: kept.connection, reused: true };
    }
    this.makeRoom();
    try {
      const connection = await connect(state.target, this.heloName, this.times);
      this.uses.set(connection, 0);
      return { connection, reused: false };
    } catch (error) {
      this.fault(way, faultIn(error));
      throw error;
    }
  }

  /** Back for the next attempt. `refused`: before its body; then the server has to show that no reply is one behind (`canResume`). */
  giveBack(way: Way, connection: SMTPConnection, refused: boolean): void {
    const state = this.ways.get(way);
    const used = (this.uses.get(connection) ?? 0) + 1;
    const usable = used < mostUses && !connection.destroyed && isInStep(connection);
    if (state === undefined || !usable) {
      goodbye(connection);
      return;
    }
    this.keep(state, connection, used, refused);
  }

  private keep(state: WayState, connection: SMTPConnection, used: number, refused = false): void {
    state.idle.push({ connection, used, idleSince: performance.now(), refused });
    this.sweep ??= setInterval(() => {
      this.closeStale();
    }, idleMs).unref();
  }

  /** Says goodbye on all that are idle. */
  close(): void {
    clearInterval(this.sweep);
    this.sweep = undefined;
    this.closed = true;
    for (const { idle, probing } of this.ways.values()) {
      clearTimeout(probing);
      for (const { connection } of idle.splice(0)) goodbye(connection);
    }
  }

  private closeStale(): void {
    for (const { idle } of this.ways.values()) {
      const old = performance.now() - idleMs;
      for (const kept of idle.filter(({ idleSince, connection }) => idleSince < old || connection.destroyed)) {
        idle.splice(idle.indexOf(kept), 1);
        goodbye(kept.connection);
      }
    }
  }

  /** Idle connections of the other way count towards the limit too. */
  private makeRoom(): void {
    for (const { idle } of this.ways.values()) {
      while (this.lent + idle.length > this.limit) {
        const kept = idle.shift();
        if (kept === undefined) break;
        goodbye(kept.connection);
      }
    }
  }
}

const faultIn = (error: unknown): Fault => ({
  kind: error instanceof Unusable ? error.kind : 'unreachable',
  what: error instanceof Error ? error.message : String(error),
});
