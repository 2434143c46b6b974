import type { Runtime } from '#stream';

const goodForMs = 1000;
const answerWithinMs = 1000;

/** Tells whether the installation is live: only then may others than the replayer put events in. Asked once a second at most. */
export class LiveGate {
  private live = false;
  private askedAt = Number.NEGATIVE_INFINITY;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly database: Pick<Runtime, 'query'>,
    private readonly partitions: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** While live, the last answer stands until the next one is there: a database that is away does not close the edge. */
  async open(): Promise<boolean> {
    if (this.now() - this.askedAt >= goodForMs) {
      this.asking ??= this.ask().finally(() => (this.asking = undefined));
      if (!this.live) await Promise.race([this.asking, new Promise((resolve) => setTimeout(resolve, answerWithinMs).unref())]);
    }
    return this.live;
  }

  private async ask(): Promise<void> {
    const answer = await this.database.query("select clock from task where processor = 'identity'").catch(() => undefined);
    this.askedAt = this.now();
    if (answer === undefined) return; // no answer is no news
    this.live = answer.rows.length >= this.partitions && answer.rows.every(({ clock }) => clock === 'live');
  }
}
