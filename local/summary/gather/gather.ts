import type { KafkaOptions } from '#stream';
import { withLog } from '../../launcher/kafka-client.ts';
import type { Evidence } from '../evidence.ts';
import { inboxEvidence } from './inbox.ts';
import { tableEvidence } from './tables.ts';
import { topicEvidence } from './topics.ts';

/** Where an installation keeps what it did. */
export interface Places {
  readonly prefix: string;
  readonly kafka: KafkaOptions;
  readonly adminUrl: string;
  readonly inboxDir: string;
}

/** Collects what an installation has to show. It should have settled: what is under way is not waited for. */
export async function gather({ prefix, kafka, adminUrl, inboxDir }: Places): Promise<Evidence> {
  const topics = await withLog(kafka, (log) => topicEvidence({ log, prefix }));
  return { topics, tables: await tableEvidence(adminUrl, prefix), inbox: inboxEvidence(inboxDir) };
}
