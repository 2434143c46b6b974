import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '@nestjs/microservices';
import type { Logger, Runtime } from '#stream';
import type { Tracing } from './tracing.ts';

/**
 * Nest's custom transport over the runtime of #stream. `listen` answers at once and starts the runtime behind it, trying again for ever
 * while database or broker are away; readiness tells what it waits for.
 */
export class RuntimeServer extends Server {
  readonly runtime: Runtime;
  private readonly start: () => Promise<Runtime>;
  private readonly log: Logger;
  private readonly tracing: Pick<Tracing, 'stop'> | undefined;
  private readonly stopping = new AbortController();
  private readonly listeners: Parameters<Runtime['onTransaction']>[0][] = [];
  private started: Runtime | undefined;
  private starting: Promise<void> = Promise.resolve();
  private waitsFor = 'starting';

  /** `start`: migrations and `startRuntime`; a rejection is logged and tried again. `tracing` ends last: the stop is traced too. */
  constructor(start: () => Promise<Runtime>, logger: Logger, tracing?: Pick<Tracing, 'stop'>) {
    super();
    this.start = start;
    this.log = logger;
    this.tracing = tracing;
    this.runtime = this.stand();
  }

  listen(callback: () => void): void {
    this.starting = this.startUntilItWorks();
    callback();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.starting;
    await this.started?.stop();
    await this.tracing?.stop();
  }

  on(): never {
    throw new Error('the runtime has no events; use Runtime.onTransaction');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the signature is that of Nest's Server
  unwrap<T>(): T {
    return this.runtime as T;
  }

  private async startUntilItWorks(): Promise<void> {
    for (let attempt = 1; !this.stopping.signal.aborted; attempt += 1) {
      try {
        const runtime = await this.start();
        for (const listener of this.listeners) runtime.onTransaction(listener);
        this.started = runtime;
        return;
      } catch (error) {
        this.waitsFor = `start failed: ${error instanceof Error ? error.message : String(error)}`;
        this.log.error({ error, attempt }, 'The runtime could not start; trying again');
        await sleep(Math.min(10_000, 250 * 2 ** Math.min(attempt, 6)), undefined, { signal: this.stopping.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  /** The runtime as others hold it, from before its start on. */
  private stand(): Runtime {
    const ready = (): Runtime => {
      if (this.started === undefined) throw new Error(`the runtime is not ready: ${this.waitsFor}`);
      return this.started;
    };
    return {
      status: () => this.started?.status() ?? [],
      notReady: () =>
        this.stopping.signal.aborted ? 'stopping' : this.started === undefined ? this.waitsFor : this.started.notReady(),
      onTransaction: (listener) => {
        this.listeners.push(listener);
        this.started?.onTransaction(listener);
      },
      clockOffsetMs: () => this.started?.clockOffsetMs(),
      produce: async (records) => ready().produce(records),
      query: async (text, values) => ready().query(text, values),
      stop: () => this.close(),
    };
  }
}
