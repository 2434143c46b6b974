import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { connect, destroy, goodbye, type ConnectionTimes } from './connection.ts';
import type { SmtpTarget } from './smtp-url.ts';

/** Where mail goes: the configured server, or the development inbox, the only one for replayed people. */
export type Way = 'smtp' | 'inbox';

interface Kept {
  readonly connection: SMTPConnection;
  used: number;
  idleSince: number;
}

export interface Lent {
  readonly connection: SMTPConnection;
  /** It has served before: the server may have closed it meanwhile. */
  readonly reused: boolean;
}

interface WayState {
  readonly target: SmtpTarget;
  readonly idle: Kept[];
  failures: number;
  closedUntil: number;
}

const mostUses = 500;
const idleMs = 30_000;

/**
 * The process' connections, shared by its partitions: never more than `limit` in use, over both ways together. A way whose server cannot
 * be reached is closed for a while (1 s, doubled up to 30 s).
 */
export class Connections {
  private readonly ways = new Map<Way, WayState>();
  readonly limit: number;
  private readonly heloName: string;
  private readonly times: ConnectionTimes;
  private lent = 0;
  private readonly uses = new WeakMap<SMTPConnection, number>();
  private sweep: NodeJS.Timeout | undefined;

  constructor(options: {
    smtp: SmtpTarget;
    inbox: SmtpTarget | undefined;
    limit: number;
    heloName: string;
    times: ConnectionTimes;
  }) {
    this.limit = options.limit;
    this.heloName = options.heloName;
    this.times = options.times;
    for (const way of ['smtp', 'inbox'] as const) {
      const target = options[way];
      if (target !== undefined) this.ways.set(way, { target, idle: [], failures: 0, closedUntil: 0 });
    }
  }

  get hasInbox(): boolean {
    return this.ways.has('inbox');
  }

  /** A way that does not exist is open: its mail is taken and suppressed. */
  isOpen(way: Way): boolean {
    return (this.ways.get(way)?.closedUntil ?? 0) <= performance.now();
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
      this.uses.set(kept.connection, kept.used);
      return { connection: kept.connection, reused: true };
    }
    this.makeRoom();
    try {
      const connection = await connect(state.target, this.heloName, this.times);
      state.failures = 0;
      state.closedUntil = 0;
      this.uses.set(connection, 0);
      return { connection, reused: false };
    } catch (error) {
      state.closedUntil = performance.now() + Math.min(30_000, 1_000 * 2 ** state.failures);
      state.failures += 1;
      throw error;
    }
  }

  /** Back for the next attempt; `reset` after one that was refused before its body. */
  async giveBack(way: Way, connection: SMTPConnection, reset: boolean): Promise<void> {
    const state = this.ways.get(way);
    const used = (this.uses.get(connection) ?? 0) + 1;
    if (state === undefined || used >= mostUses || connection.destroyed || (reset && !(await this.reset(connection)))) {
      goodbye(connection);
      return;
    }
    state.idle.push({ connection, used, idleSince: performance.now() });
    this.sweep ??= setInterval(() => {
      this.closeStale();
    }, idleMs).unref();
  }

  /** Says goodbye on all that are idle. */
  close(): void {
    clearInterval(this.sweep);
    this.sweep = undefined;
    for (const { idle } of this.ways.values()) for (const { connection } of idle.splice(0)) goodbye(connection);
  }

  private async reset(connection: SMTPConnection): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (good: boolean): void => {
        clearTimeout(timer);
        connection.off('end', ended);
        resolve(good);
      };
      const ended = (): void => {
        done(false);
      };
      const timer = setTimeout(() => {
        destroy(connection);
        done(false);
      }, this.times.commandMs);
      connection.once('end', ended);
      connection.reset((error) => {
        done(!error);
      });
    });
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
