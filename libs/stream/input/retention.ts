import type { Log } from '../model/log.ts';
import type { Logger } from '../model/runtime.types.ts';

/** Least time between two questions to the broker, ms. An operator's change is seen that late. */
const everyMs = 60_000;

interface Input {
  readonly topic: string;
  /** How long its contract asks for it to be kept, ms; -1 for ever. */
  readonly retentionMs: number;
}

const shortest = (all: Iterable<number>): number | undefined => {
  const finite = [...all].filter((ms) => ms >= 0);
  return finite.length === 0 ? undefined : Math.min(...finite);
};

/** How long the inputs of a processor are kept: as the broker says, or, while it does not say, as their contracts ask. */
export class Retention {
  private ms: number | undefined;
  private askedAt = -Infinity;
  private warned = false;

  constructor(
    private readonly log: Pick<Log, 'retention'>,
    private readonly logger: Logger,
    private readonly inputs: readonly Input[],
  ) {
    this.ms = shortest(inputs.map(({ retentionMs }) => retentionMs));
  }

  /** Of the input that is kept for the shortest time, ms; undefined where all is kept for ever. */
  get shortestMs(): number | undefined {
    return this.ms;
  }

  /** Asks the broker, unless it was asked within the last minute. `now`: ms of a clock that only rises. Never rejects. */
  async ask(now: number): Promise<void> {
    if (now - this.askedAt < everyMs) return;
    this.askedAt = now;
    try {
      const kept = await this.log.retention(this.inputs.map(({ topic }) => topic));
      this.ms = shortest(this.inputs.map(({ topic, retentionMs }) => kept.get(topic) ?? retentionMs));
    } catch (error) {
      if (this.warned) return;
      this.warned = true;
      this.logger.warn(
        { error: String(error), topics: this.inputs.map(({ topic }) => topic) },
        'The broker does not say how long it keeps these topics: hito_retention_seconds is what their contracts ask. Allow DescribeConfigs of topics',
      );
    }
  }
}
