import { collected, deadLetters, topicOf } from '#contracts';
import { failPoint, type Runtime } from '#stream';
import { collect, type Arrival } from './domain/collect.ts';

/** Of one request: how many calls went to `collected` and how many became dead letters. */
export interface Receipt {
  readonly accepted: number;
  readonly refused: number;
}

type Outgoing = Parameters<Runtime['produce']>[0][number];

/**
 * Longest refused call that is kept whole, in characters of JSON; UTF-8 may take three bytes for each, and the topic takes 2
 * MiB.
 */
const keptLength = 600_000;

/**
 * The way into the platform for everyone but the replayer: judges calls one by one and publishes them, the bad ones as dead
 * letters.
 */
export class Collector {
  constructor(
    private readonly log: Pick<Runtime, 'produce'>,
    private readonly prefix: string,
  ) {}

  /**
   * Resolves when the broker has acknowledged all of them; rejects when it has not, and then the whole request may be repeated.
   */
  async take(items: readonly unknown[], arrival: Arrival): Promise<Receipt> {
    const records = items.map((item, index) => this.record(item, { ...arrival, index }));
    failPoint('before-collected');
    if (records.length > 0) await this.log.produce(records);
    failPoint('after-collected');
    const accepted = records.filter((r) => r.headers === undefined).length;
    return { accepted, refused: records.length - accepted };
  }

  private record(item: unknown, arrival: Arrival): Outgoing {
    const verdict = collect(item, arrival);
    if (verdict.accepted) return { topic: topicOf(this.prefix, collected), key: verdict.key, value: verdict.value };
    return {
      topic: topicOf(this.prefix, deadLetters('ingestion')),
      key: arrival.source,
      value: untouched(item),
      headers: {
        'hito-dl-processor': 'collect',
        'hito-dl-topic': collected.name,
        'hito-dl-partition': '-1',
        'hito-dl-offset': '-1',
        'hito-dl-reason': verdict.reason.slice(0, 1000),
        'hito-dl-attempts': '1',
      },
    };
  }
}

/** The item as it came; of one that the topic would refuse, its beginning. */
function untouched(item: unknown): object {
  try {
    const text = JSON.stringify(item);
    return text.length > keptLength ? { cut_to: keptLength, beginning: text.slice(0, keptLength) } : (item as object);
  } catch (error) {
    if (error instanceof RangeError) return { cut_to: 0, beginning: '' }; // beyond some thousand levels it cannot be written down again
    throw error;
  }
}
