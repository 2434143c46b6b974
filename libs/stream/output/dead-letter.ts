import type { DeadLetterKind, Service } from '#contracts';
import { short } from '../model/author.ts';
import type { OutRecord } from '../model/log.ts';

/** Why a record or a wake is not taken. */
export interface Refused {
  readonly kind: DeadLetterKind;
  readonly reason: string;
  /** Where the record says that it came from. */
  readonly source?: string | undefined;
  /** How often it was tried; once where absent. */
  readonly tries?: number;
}

/** A record (`topic@offset`) or a wake (`wake <key> <instant>`) that is to become a dead letter without being tried again. */
export interface Condemned extends Refused {
  readonly item: string;
}

interface By {
  readonly processor: { readonly service: Service; readonly name: string };
  readonly prefix: string;
  readonly partition: number;
}

interface Of {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Value and headers untouched; beside them, where it came from and why it was not taken. */
export const deadLetter = (
  { processor, prefix, partition }: By,
  of: Of,
  { kind, reason, source, tries = 1 }: Refused,
): OutRecord => ({
  topic: `${prefix}.${processor.service}.dead-letters.v1`,
  partition,
  key: of.key,
  value: of.value,
  headers: {
    ...of.headers,
    'hito-dl-processor': processor.name,
    'hito-dl-topic': of.topic,
    'hito-dl-partition': String(of.partition),
    'hito-dl-offset': String(of.offset),
    'hito-dl-reason': short(reason),
    'hito-dl-kind': kind,
    ...(source !== undefined && { 'hito-dl-source': source }),
    'hito-dl-attempts': String(tries),
  },
});
