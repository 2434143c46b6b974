import type { BeforeApplicationShutdown } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import type { DataOf, hits } from '#contracts';
import { cut, wellFormed } from '#facts';
import type { Runtime } from '#stream';
import type { Claim } from './claim.ts';

type Hit = DataOf<typeof hits>;

/** Who asked, as far as HTTP tells. */
export interface Visitor {
  readonly userAgent: string | undefined;
  readonly ip: string | undefined;
}

export interface HitLogOptions {
  /** The topic's full name. */
  readonly topic: string;
  readonly produce: Runtime['produce'];
  /** Told of every open or click that could not be written. */
  readonly lost: (kind: Claim['purpose']) => void;
  /** How long an unsubscription waits for the broker, ms. */
  readonly patienceMs?: number;
  /** How many opens and clicks may wait for the broker; more are lost. */
  readonly pendingAtMost?: number;
}

/** Writes hits to their topic. Nothing is judged and nothing is changed here: the `delivery` processor does both. */
export class HitLog implements BeforeApplicationShutdown {
  readonly #options: Required<HitLogOptions>;
  readonly #pending = new Set<Promise<void>>();

  constructor(options: HitLogOptions) {
    this.#options = { patienceMs: 3_000, pendingAtMost: 10_000, ...options };
  }

  /** Writes an open or a click while the visitor is already answered; one that cannot be written is counted as lost. */
  note(claim: Claim, visitor: Visitor): void {
    if (this.#pending.size >= this.#options.pendingAtMost) {
      this.#options.lost(claim.purpose);
      return;
    }
    const writing = this.#write(hitOf(uuidv4(), claim, visitor)).catch(() => {
      this.#options.lost(claim.purpose);
    });
    this.#pending.add(writing);
    void writing.finally(() => this.#pending.delete(writing));
  }

  /**
   * Writes an unsubscription and says whether the broker has it. Each is a hit of its own, a client's repetition too: were it told by the
   * link alone, who consents again and changes their mind within a day would be dropped as seen.
   */
  async keep(claim: Claim, visitor: Visitor): Promise<boolean> {
    const writing = this.#write(hitOf(uuidv4(), claim, visitor)).then(
      () => true,
      () => false,
    );
    return this.#inTime(writing, false);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#inTime(Promise.all(this.#pending), undefined);
  }

  /** A broker that is away may reject at once, as a value or as a throw. */
  async #write(hit: Hit): Promise<void> {
    await this.#options.produce([{ topic: this.#options.topic, key: hit.person_id, value: hit }]);
  }

  async #inTime<T, Late>(work: Promise<T>, late: Late): Promise<T | Late> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<Late>((resolve) => {
      timer = setTimeout(resolve, this.#options.patienceMs, late);
    });
    return Promise.race([work, tooLate]).finally(() => {
      clearTimeout(timer);
    });
  }
}

function hitOf(id: string, claim: Claim, { userAgent, ip }: Visitor): Hit {
  return {
    id,
    person_id: claim.personId,
    message_id: claim.messageId,
    at: new Date().toISOString(),
    kind: claim.purpose,
    ...(claim.purpose === 'click' && { link: claim.index }),
    ...(claim.purpose === 'unsubscribe' && { category: claim.category }),
    ...(userAgent !== undefined && { user_agent: cut(wellFormed(userAgent), 500) }),
    ...(ip !== undefined && { ip: cut(ip, 50) }),
  };
}
