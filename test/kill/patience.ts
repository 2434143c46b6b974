/** A run is given up where nothing has moved for a while, however slow the machine is; and in any case after its limit. */
export class Patience {
  private readonly over = new AbortController();
  private readonly limit: NodeJS.Timeout;
  private still: NodeJS.Timeout;
  private seen = '';

  /** Both in ms. */
  constructor(
    private readonly stillMs: number,
    limitMs: number,
  ) {
    this.limit = this.giveUpAfter(limitMs);
    this.still = this.giveUpAfter(stillMs);
  }

  /** Aborts when it is given up. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** How far it is, in any words: other words than before are a move. */
  saw(words: string): void {
    if (words === this.seen || this.over.signal.aborted) return;
    this.seen = words;
    clearTimeout(this.still);
    this.still = this.giveUpAfter(this.stillMs);
  }

  end(): void {
    clearTimeout(this.limit);
    clearTimeout(this.still);
  }

  private giveUpAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.over.abort();
    }, ms);
  }
}
