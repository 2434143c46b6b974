import { derivedId, namespace, topicOf, type Cause, type Contract } from '#contracts';
import { wellFormed } from '#facts';
import { textBytes } from '../model/bytes.ts';
import type { FoldInput } from './fold.types.ts';
import { iso } from '../model/iso.ts';
import { printed } from '../model/json.ts';
import { unusable } from '../model/key.ts';
import type { Encoded } from '../output/output.ts';
import { partitionOf } from '../model/partition.ts';
import type { Emission } from '../model/processor.ts';
import { traceHeader } from '../model/trace.ts';
import type { Tracks } from './tracks.ts';

/** Emissions of one `decide`; the rest belongs into a wake. */
const maxEmissions = 1_000;
/** Bytes of one record's value: the broker's default limit less room for key and headers. */
export const maxValueBytes = 1_000_000;
/** Bytes of the values that one decide emits together. */
const maxEmitted = 8_000_000;

/** A decision whose effects would be more than anybody takes: an answer to the record, no bug. */
export class Refusal extends Error {}

/** What the emissions of one decide are made with. */
interface By {
  /** The key of the message: a person's id, behind a re-keyed hop perhaps that of an account. */
  readonly key: string;
  readonly cause: Cause;
  /** The task's time, epoch ms. */
  readonly time: number;
  readonly trace: string | undefined;
}

/** Makes records of what a decider wants published. */
export class Emissions {
  private readonly topics = new Map<string, { topic: string; rekeyed: boolean }>();

  constructor(
    private readonly input: FoldInput,
    private readonly tracks: Tracks,
  ) {
    for (const { contract, rekeyed } of input.processor.outputs)
      this.topics.set(contract.name, { topic: topicOf(input.prefix, contract), rekeyed: rekeyed ?? false });
  }

  /** Throws a `Refusal` where they are too many or too large, and any other error where the decider is wrong. */
  encode(emissions: readonly Emission[] | undefined, by: By): Encoded {
    if (emissions === undefined || emissions.length === 0) return nothing;
    if (emissions.length > maxEmissions)
      throw new Refusal(
        `${String(emissions.length)} emissions of one decide; at most ${String(maxEmissions)}: emit the rest in a wake`,
      );
    let total = 0;
    const resumed = new Map<string, string | undefined>();
    const records = emissions.map((emission, n) => {
      const { trace } = emission;
      const { bytes, ...record } = this.record(emission, n, by);
      total += bytes;
      if (total > maxEmitted) throw new Refusal(`emissions of more than ${String(maxEmitted)} bytes of one decide`);
      const place = trace === undefined || trace === by.trace ? by.trace : this.tracks.resume(trace, by.key, by.cause, resumed);
      return place === undefined ? record : { ...record, headers: { [traceHeader]: place } };
    });
    return { records, bytes: total };
  }

  private record({ contract, data, key: own }: Emission, n: number, { key, cause, time }: By) {
    const { processor, partition, partitions, strict } = this.input;
    const target = this.topics.get(contract.name);
    if (target === undefined) throw new Error(`${processor.name} does not declare ${contract.name} among its outputs`);
    const subject = own === undefined ? key : wellFormed(own);
    const unfit = own === undefined ? undefined : unusable(subject);
    if (unfit !== undefined) throw new Refusal(`a message on ${contract.name} with ${unfit}`);
    const id = derivedId(`${processor.name}/${String(n)}`, uuidOf(cause.id));
    const message = { ...data, id, [contract.keyField ?? 'person_id']: subject, at: iso(time), cause };
    if (strict === true) check(contract, message);
    const { text: value } = printed(message);
    const bytes = textBytes(value);
    if (bytes > maxValueBytes)
      throw new Refusal(`a message on ${contract.name} of ${String(bytes)} bytes; at most ${String(maxValueBytes)}`);
    return {
      topic: target.topic,
      partition: target.rekeyed ? partitionOf(subject, partitions) : partition,
      key: subject,
      value,
      at: time,
      bytes,
    };
  }
}

const nothing: Encoded = { records: [], bytes: 0 };

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Outsiders' ids need not be UUIDs. */
const uuidOf = (id: string): string => (uuid.test(id) ? id : derivedId(id, namespace));

function check(contract: Contract, message: object): void {
  const result = contract.schema.safeParse(message);
  if (!result.success) throw new Error(`emission violates ${contract.name}: ${result.error.message}`);
}
