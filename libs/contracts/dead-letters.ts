import { z } from 'zod';
import { contract, days, type Contract } from './contract.ts';

export const services = ['ingestion', 'scoring', 'stages', 'milestones', 'orchestration', 'delivery'] as const;
export type Service = (typeof services)[number];

/**
 * Why something is not taken. `refused`: its processor says so. `unreadable`: the record, or the state it belongs to, cannot be read.
 * `bug`: code threw on it. `data`: the database refuses what it leads to. `died`: the process died on it.
 */
export const deadLetterKinds = ['refused', 'unreadable', 'bug', 'data', 'died'] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

/** Where a dead letter came from and why; travels in headers `hito-dl-…` beside the untouched value and headers. */
export const deadLetterHeaders = z.object({
  'hito-dl-processor': z.string(),
  'hito-dl-topic': z.string(),
  'hito-dl-partition': z.string(),
  'hito-dl-offset': z.string(),
  'hito-dl-reason': z.string(),
  'hito-dl-attempts': z.string(),
  /** A word of a closed list that says the same as the reason, to group by: `no_id`. The edge gives one (`Refusal` of ingestion), the runtime a `DeadLetterKind`. */
  'hito-dl-kind': z.string().optional(),
  /** The name of the write key that it came through, where a source is known. */
  'hito-dl-source': z.string().optional(),
  /** How many refused calls the letter holds; one where absent. */
  'hito-dl-calls': z.string().optional(),
});

/** What a service could not take: value and headers untouched. 2 MiB, above what its inputs allow. */
export const deadLetters = (service: Service): Contract =>
  contract(`${service}.dead-letters.v1`, z.unknown(), { retentionMs: days(90), maxBytes: 2_097_152 });
