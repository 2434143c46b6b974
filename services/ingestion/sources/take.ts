import { collected, deadLetters } from '#contracts';
import { cut, nobodyWord, withoutSecretText } from '#facts';
import type { Playbook, SourceRule } from '#playbook';
import { partitionOf, type LogRecord, type WorkerRecord } from '#stream';
import type { Fit } from '../domain/collect.ts';
import { judged, type RecordRefusal, type RecordVerdict } from '../domain/sources/judge.ts';
import { mappingOf, wantedBy } from '../domain/sources/mapping.ts';
import type { SourceRecord } from '../domain/sources/record.ts';
import { kept } from '../letters.ts';
import { formatOf, nothing, Unreadable } from './formats/index.ts';
import { sourcesWorker } from './name.ts';
import type { RegistryOptions } from './registry/client.ts';

/** Where a record lies. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  /** How often the topic was made anew. */
  readonly generation: number;
}

/** What comes of one record: the records that go out, and the counters that it moves. */
export interface Taken {
  readonly out: readonly WorkerRecord[];
  readonly tally: readonly string[];
}

/** What becomes of a record: an event, a dead letter, or nothing. */
export type Outcome = RecordVerdict | { readonly accepted: 'passed' };

/** Largest value that is looked at, bytes: a mapping may take a small event out of a large record. */
const maxValueBytes = 1_048_576;
/** Characters of a refused value that a letter holds: UTF-8 may take three bytes for each. */
const letterLength = 250_000;

/** Makes events of the records of one source. */
export class Taker {
  private readonly mapping;
  private readonly wanted;
  private readonly format;
  private readonly nobody: ReadonlySet<string>;
  private readonly secrets: ReadonlySet<string>;

  /** `partitions`: of Hito's own topics. Throws ConditionError where the playbook was not checked, and where a registry is missing. */
  constructor(
    private readonly source: SourceRule,
    { ids, secrets }: Pick<Playbook, 'ids' | 'secrets'>,
    private readonly partitions: number,
    registry?: RegistryOptions,
  ) {
    this.mapping = mappingOf(source);
    this.wanted = wantedBy(source);
    this.format = formatOf(source, registry);
    this.nobody = new Set(ids.nobody.map(nobodyWord));
    this.secrets = new Set(secrets.map(({ property }) => property));
  }

  /** Judges a record at `arrivedAt` (epoch ms). Throws only while a schema registry is away, or NotYet: what code of ours throws on becomes a dead letter too. */
  async take(record: LogRecord, place: Place, arrivedAt: number): Promise<Taken> {
    const { name } = this.source;
    const { outcome, value } = await this.judge(record, place, arrivedAt);
    if (outcome.accepted === 'passed') return { out: [], tally: [`source.passed.${name}`] };
    if (outcome.accepted) return { out: [this.event(outcome, arrivedAt)], tally: [`source.taken.${name}`] };
    const { kind, withdrawal } = outcome;
    return {
      out: [
        ...(withdrawal === undefined ? [] : [this.event(withdrawal, arrivedAt)]),
        this.letter(record, place, outcome, value, arrivedAt),
      ],
      tally: [`source.refused.${kind}.${name}`, `dead_letter.${kind === 'unreadable' ? kind : 'refused'}.${name}`],
    };
  }

  /** What becomes of a record, and its decoded value as far as there is one. */
  async judge(
    record: LogRecord,
    { topic, partition, generation }: Place,
    arrivedAt: number,
  ): Promise<{ readonly outcome: Outcome; readonly value?: unknown }> {
    const refused = (kind: RecordRefusal, reason: string) => ({
      outcome: { accepted: false as const, kind, reason: `source ${this.source.name}: ${reason}` },
    });
    const bytes = record.value?.length ?? 0;
    if (bytes > maxValueBytes)
      return refused('too_large', `the value has ${String(bytes)} bytes, above ${String(maxValueBytes)}`);
    let value: unknown;
    try {
      value = await this.format(record);
    } catch (error) {
      if (error instanceof Unreadable) return refused('unreadable', error.message);
      throw error;
    }
    if (value === nothing) return { outcome: { accepted: 'passed' } };
    const { mapping, wanted, nobody, source } = this;
    const { offset, headers, key, timestamp } = record;
    const facts: SourceRecord = {
      topic,
      partition,
      offset,
      headers,
      value,
      ...(timestamp !== undefined && timestamp >= 0 && { timestamp }),
      // Bytes that are no text have been replaced.
      ...(key?.includes('\uFFFD') === false && { key }),
    };
    try {
      return { outcome: judged(facts, { source, mapping, wanted, arrivedAt, nobody, generation }), value };
    } catch (error) {
      return { ...refused('bug', `a bug of Hito: ${(error as Error).message}`), value };
    }
  }

  private event({ key, value }: Fit, at: number): WorkerRecord {
    return { contract: collected, partition: partitionOf(key, this.partitions), key, value, at };
  }

  private letter(
    { offset, value: bytes }: LogRecord,
    { topic, partition }: Place,
    { kind, reason }: { readonly kind: RecordRefusal; readonly reason: string },
    value: unknown,
    at: number,
  ): WorkerRecord {
    const { name } = this.source;
    const item = kept(value ?? { beginning: String(bytes?.subarray(0, letterLength) ?? '') }, this.secrets);
    const text = JSON.stringify(item);
    return {
      contract: deadLetters('ingestion'),
      partition: partitionOf(name, this.partitions),
      key: name,
      value: text.length > letterLength ? { cut_to: letterLength, beginning: cut(text, letterLength) } : wrapped(item),
      headers: {
        'hito-dl-processor': sourcesWorker,
        'hito-dl-topic': topic,
        'hito-dl-partition': String(partition),
        'hito-dl-offset': String(offset),
        'hito-dl-reason': withoutSecretText(cut(reason, 900), this.secrets),
        'hito-dl-attempts': '1',
        'hito-dl-kind': kind,
        'hito-dl-source': name,
        'hito-dl-at': new Date(at).toISOString(),
      },
    };
  }
}

/** JSON of a record may be any, also a number; a letter is an object or a list. */
const wrapped = (item: unknown): object => (typeof item === 'object' && item !== null ? item : { value: item });
