import type pg from 'pg';
import { collected, derivedId, hits, messages, namespace, outcomes, personId, topicOf, type DataOf } from '#contracts';
import { partitionOf } from '#stream';
import type { Commit } from '#stream/runtime';
import { MemoryStore, topology, until, type Topology } from '#testing';
import { deliveryOver } from '../../services/delivery/delivery.processor.ts';
import { rulesOf as deliveryRules } from '../../services/delivery/rules.ts';
import { testHash } from '../../services/delivery/testing/sender.ts';
import { collect } from '../../services/ingestion/domain/collect.ts';
import { identity } from '../../services/ingestion/identity.processor.ts';
import { profile } from '../../services/ingestion/profile.processor.ts';
import { rulesOf as ingestionRules } from '../../services/ingestion/rules.ts';
import { rulesOf as milestoneRules } from '../../services/milestones/domain/rules.ts';
import { milestonesProcessor } from '../../services/milestones/milestones.processor.ts';
import { rulesOf as orchestrationRules } from '../../services/orchestration/domain/rules.ts';
import { unsealed } from '../../services/orchestration/testing/unsealed.ts';
import { orchestrationProcessor } from '../../services/orchestration/orchestration.processor.ts';
import { rulesOf as scoringRules } from '../../services/scoring/domain/rules.ts';
import { scoringProcessor } from '../../services/scoring/scoring.processor.ts';
import { rulesOf as stageRules } from '../../services/stages/domain/rules.ts';
import { stagesProcessor } from '../../services/stages/stages.processor.ts';
import { playbook } from './playbook.ts';

type Decision = DataOf<typeof messages>;

/** Delivery's own tables lie in a real Postgres; all else is in memory. */
class WithTables extends MemoryStore {
  constructor(private readonly pool: pg.Pool) {
    super();
  }

  override async commit(commit: Commit): Promise<boolean> {
    const held = await super.commit(commit);
    if (held)
      await commit.apply?.({
        query: (text, values) => this.pool.query<Record<string, unknown>>(text, values === undefined ? [] : [...values]),
      });
    return held;
  }
}

/**
 * All processors of the six services in this process, with time by clock records, and delivery's tables in a Postgres. What a sender
 * publishes there is brought back by `feedBack`, so that orchestration hears of it.
 */
export class Loop {
  private told = 0;
  private calls = 0;

  private constructor(
    private readonly flow: Topology,
    private readonly pool: pg.Pool,
  ) {}

  static async start(pool: pg.Pool): Promise<Loop> {
    const rulesVersion = playbook.version;
    const described = [
      { processor: identity, rules: undefined, rulesVersion },
      { processor: profile, rules: ingestionRules(playbook).profile, rulesVersion },
      { processor: scoringProcessor, rules: scoringRules(playbook), rulesVersion },
      { processor: stagesProcessor, rules: stageRules(playbook), rulesVersion },
      { processor: milestonesProcessor, rules: milestoneRules(playbook), rulesVersion },
      { processor: orchestrationProcessor, rules: orchestrationRules(playbook, unsealed), rulesVersion },
      { processor: deliveryOver(testHash), rules: deliveryRules(playbook), rulesVersion },
    ];
    const stores = new Map(
      described.map(({ processor: { name } }) => [name, name === 'delivery' ? new WithTables(pool) : new MemoryStore()]),
    );
    return new Loop(await topology(described, { partitions: 2, stores }), pool);
  }

  /** Calls that arrive at an instant (ISO). */
  async call(at: string, ...items: readonly object[]): Promise<void> {
    const arrivedAt = Date.parse(at);
    for (const item of items) {
      const verdict = collect({ messageId: `call-${String(this.calls++)}`, ...item }, { source: 'web', arrivedAt });
      if (!verdict.accepted) throw new Error(verdict.reason);
      await this.flow.replay(collected, { key: verdict.key, data: verdict.value });
    }
  }

  /** Time goes on to this instant (ISO). */
  async reach(at: string): Promise<void> {
    await this.flow.clock(collected, { clock: 'driven', at: Date.parse(at) });
    await this.flow.reached(Date.parse(at));
  }

  decisions(userId: string): Decision[] {
    return this.flow.read(messages).filter(({ person_id }) => person_id === personId(userId));
  }

  outcomes(userId: string): DataOf<typeof outcomes>[] {
    return this.flow.read(outcomes).filter(({ person_id }) => person_id === personId(userId));
  }

  /** Brings what senders published to the topic of outcomes, each twice, as after a crash of its publisher. */
  async feedBack(): Promise<void> {
    const { rows } = await this.pool.query<{ n: string; outcome: { person_id: string; message_id: string }; at: Date }>(
      `select n, outcome, m.decided_at as at from published p join mail m on m.id = (p.outcome ->> 'message_id')::uuid where n > $1 order by n`,
      [this.told],
    );
    for (const { n, outcome, at } of rows) {
      this.told = Number(n);
      const { person_id: key, message_id } = outcome;
      const id = derivedId(`${message_id}/${n}`, namespace);
      const value = JSON.stringify({ ...outcome, id, at: at.toISOString(), cause: { id: message_id } });
      const record = { topic: topicOf(this.flow.prefix, outcomes), partition: partitionOf(key, 2), key, value, headers: {} };
      await this.flow.log.produce([record, record]);
    }
    await this.read('orchestration', outcomes);
  }

  async unsubscribe(userId: string, messageId: string, at: string): Promise<void> {
    const key = personId(userId);
    const hit = { id: derivedId(messageId, namespace), person_id: key, message_id: messageId, at, kind: 'unsubscribe' };
    const value = JSON.stringify({ ...hit, category: 'news' });
    await this.flow.log.produce([
      { topic: topicOf(this.flow.prefix, hits), partition: partitionOf(key, 2), key, value, headers: {} },
    ]);
    await until(() => this.outcomes(userId).some(({ outcome }) => outcome === 'unsubscribed'));
  }

  stop(): Promise<void> {
    return this.flow.stop();
  }

  /** Resolves when a processor has taken all that lies on one of its inputs now. */
  private async read(processor: string, contract: typeof outcomes): Promise<void> {
    const store = this.flow.store(processor);
    const topic = topicOf(this.flow.prefix, contract);
    const ends = (await this.flow.log.ends([topic])).get(topic) ?? [];
    await until(
      () =>
        ends.every((end, partition) => {
          const cursor = store.rows.get(`${processor}/${String(partition)}`)?.cursors.get(contract.name);
          return end === 0 || (cursor?.nextOffset ?? 0) >= end;
        }),
      () => JSON.stringify([ends, [...store.rows.keys()]]),
    );
  }
}
