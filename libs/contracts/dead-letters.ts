import { z } from 'zod';
import { contract, days, type Contract } from './contract.ts';
import { field } from './field.ts';

export const services = ['ingestion', 'scoring', 'stages', 'milestones', 'orchestration', 'delivery'] as const;
export type Service = (typeof services)[number];

/**
 * Why something is not taken. `refused`: its processor says so. `unreadable`: the record, or the state it belongs to, cannot be read.
 * `bug`: code threw on it. `data`: the database refuses what it leads to. `died`: the process died on it.
 * `skipped`: an operator says so.
 */
export const deadLetterKinds = ['refused', 'unreadable', 'bug', 'data', 'died', 'skipped'] as const;
export type DeadLetterKind = (typeof deadLetterKinds)[number];

/** Where a dead letter came from and why; travels in headers `hito-dl-…` beside the untouched value and headers. */
export const deadLetterHeaders = z.object({
  'hito-dl-processor': field(z.string(), 'none', 'The processor that did not take it.'),
  'hito-dl-topic': field(z.string(), 'none', 'The topic that it came from.'),
  'hito-dl-partition': field(z.string(), 'none', 'The partition that it came from.'),
  'hito-dl-offset': field(z.string(), 'none', 'Its offset there; -1 for a call that the edge refused.'),
  'hito-dl-reason': field(z.string(), 'free', 'Why it was not taken, in words; they may quote the record.'),
  'hito-dl-attempts': field(z.string(), 'none', 'How often it was tried.'),
  'hito-dl-kind': field(
    z.string().optional(),
    'none',
    'A word of a closed list that says the same as the reason, to group by: `no_id`. The edge gives one (`Refusal` of ingestion), the runtime a `DeadLetterKind`.',
  ),
  'hito-dl-source': field(z.string().optional(), 'none', 'The name of the write key that it came through, where it is known.'),
  'hito-dl-calls': field(z.string().optional(), 'none', 'How many refused calls the letter holds; one where absent.'),
  'hito-dl-at': field(
    z.string().optional(),
    'none',
    'When it was refused, ISO. The edge gives it: a refused call has no instant of its own that could be believed.',
  ),
});

/** What a service could not take: value and headers untouched. 2 MiB, above what its inputs allow. */
export const deadLetters = (service: Service): Contract =>
  contract(`${service}.dead-letters.v1`, field(z.unknown(), 'free', 'The value of the record, untouched.'), {
    retentionMs: days(90),
    maxBytes: 2_097_152,
    about: {
      meaning: `Records and calls that ${service} could not take. The value is untouched; headers say where it came from and why.`,
      owner: service,
      key: 'the key of the record, untouched',
    },
  });
