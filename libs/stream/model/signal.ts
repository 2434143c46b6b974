/** Lets loops sleep until something happens. */
export class Signal {
  private readonly waiting = new Set<() => void>();
  /** Something has happened that nobody waited for. */
  private pending = false;

  /** Wakes all who wait; where nobody does, the next one does not wait. */
  notify(): void {
    this.pending = this.waiting.size === 0;
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  /** Resolves with true at the next `notify` (or at once, if one came while nobody waited), with false after `ms`. */
  wait(ms: number): Promise<boolean> {
    if (this.pending) {
      this.pending = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(wake);
        resolve(false);
      }, ms);
      this.waiting.add(wake);
    });
  }
}

/** Resolves after `ms`, earlier when the signal aborts. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
