/** How far the replayer may be ahead of what comes back. */
export interface Ahead {
  readonly calls: number;
  readonly ticks: number;
}

/** Ticks that were sent and have not come back: the slowest origin of `messages` decides. */
export class Returns {
  private readonly watermarks = new Map<string, number>();
  private sent: { at: number; calls: number }[] = [];
  private calls = 0;
  private wake: (() => void) | undefined;

  constructor(
    origins: readonly string[],
    private readonly ahead: Ahead,
  ) {
    for (const origin of origins) this.watermarks.set(origin, Number.NEGATIVE_INFINITY);
  }

  /** Epoch ms up to which everything has come back. */
  get slowest(): number {
    return Math.min(...this.watermarks.values());
  }

  /** An origin's watermark came; origins that were not configured are none of ours. */
  returned(origin: string, watermark: number): void {
    const before = this.watermarks.get(origin);
    if (before === undefined || watermark <= before) return;
    this.watermarks.set(origin, watermark);
    const { slowest } = this;
    this.sent = this.sent.filter(({ at, calls }) => {
      if (at <= slowest) this.calls -= calls;
      return at > slowest;
    });
    this.wake?.();
  }

  /** A tick is on its way, or was sent by an earlier run. */
  sending(at: number, calls: number): void {
    if (at <= this.slowest) return;
    this.sent.push({ at, calls });
    this.calls += calls;
  }

  /** Whether a tick of so many calls may be sent now; one that alone exceeds the bound goes when nothing else is out. */
  mayGo(calls: number): boolean {
    return this.sent.length === 0 || (this.sent.length < this.ahead.ticks && this.calls + calls <= this.ahead.calls);
  }

  get allBack(): boolean {
    return this.sent.length === 0;
  }

  /** Resolves when `ready` holds; asked again whenever a watermark has moved. */
  async until(ready: () => boolean): Promise<void> {
    while (!ready()) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}
