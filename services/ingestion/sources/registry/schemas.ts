import { cut } from '#facts';
import { NotYet, Unreadable } from '../formats/format.ts';
import { avroReader } from './avro.ts';
import { NoSchema, schemaAt, type RegistryOptions, type RegistrySchema } from './client.ts';
import { jsonSchemaReader } from './json-schema.ts';
import { protobufReader } from './protobuf.ts';
import type { Reader, Referenced } from './reader.ts';

/** Makes a reader; `references` come before those that refer to them. */
type Maker = (text: string, references: readonly Referenced[]) => Reader;

/** The formats that need a registry, each with the registry's word for it. */
const kinds = {
  avro: { type: 'AVRO', maker: avroReader },
  protobuf: { type: 'PROTOBUF', maker: protobufReader },
  'json-schema': { type: 'JSON', maker: jsonSchemaReader },
} as const satisfies Readonly<Record<string, { type: string; maker: Maker }>>;

export type RegistryFormat = keyof typeof kinds;

export const needsRegistry = (format: string): format is RegistryFormat => Object.hasOwn(kinds, format);

/** Bounds of what is kept: schemas, their characters together, those that one refers to, and how long "no such schema" counts, ms. */
const most = { schemas: 500, length: 8 * 1024 * 1024, references: 32, missingMs: 10_000 };

/**
 * A replica of the registry may not have heard of a schema that a writer uses already, ms: how long an id is waited for since it was
 * seen first, how often it is asked for meanwhile, and for how long no id is waited for after one that was waited for in vain. So a topic
 * full of ids that are none is held up for a twentieth of its time at most.
 */
const lagging = { waitMs: 30_000, askMs: 1_000, hastyMs: 600_000 };

interface Kept {
  reader: Promise<Reader>;
  length: number;
  /** Instant until which it counts. */
  until: number;
  /** When its id was seen first. */
  readonly since: number;
  /** Whether it has been given up. */
  unknown: boolean;
}

/**
 * The schemas of a registry by their ids, as readers of one format. What an id means never changes, so that it is asked for once, until
 * others have pushed it out. While the registry is away, reading rejects: its source waits. `now`: a clock in ms that never goes back.
 */
export class Schemas {
  private readonly kept = new Map<number, Kept>();
  /** Until when no id is waited for. */
  private hastyUntil = -Infinity;

  constructor(
    private readonly options: RegistryOptions,
    private readonly format: RegistryFormat,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Reads a value: a zero byte, four bytes of the schema's id, the rest by the schema. Throws Unreadable, or NotYet. Source:
   * https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
   */
  async read(value: Buffer): Promise<unknown> {
    if (value.length < 5 || value[0] !== 0)
      throw new Unreadable(
        'the value does not begin with a zero byte and the id of a schema, as a writer with a registry makes it',
      );
    const id = value.readUInt32BE(1);
    const reader = await this.reader(id);
    try {
      return reader(value.subarray(5));
    } catch (error) {
      throw new Unreadable(`the value is not what schema ${String(id)} (${this.format}) says: ${reasonOf(error)}`);
    }
  }

  private reader(id: number): Promise<Reader> {
    const known = this.kept.get(id);
    if (known !== undefined && known.until > this.now()) return known.reader;
    const { since = this.now(), unknown = false } = known ?? {};
    const kept: Kept = { reader: this.make(id, (length) => (kept.length = length)), length: 0, until: Infinity, since, unknown };
    kept.reader = kept.reader.catch((error: unknown) => {
      throw error instanceof NoSchema ? this.unknown(kept, id, error) : error;
    });
    this.kept.delete(id);
    this.kept.set(id, kept);
    kept.reader.then(
      () => {
        this.bound();
      },
      (error: unknown) => {
        if (error instanceof Unreadable) kept.until = this.now() + most.missingMs;
        else if (error instanceof NotYet) kept.until = this.now() + lagging.askMs;
        // A registry that is away is asked again at once: its source waits between its tries.
        else if (this.kept.get(id) === kept) this.kept.delete(id);
        this.bound();
      },
    );
    return kept.reader;
  }

  /** What it means that the registry does not know an id. */
  private unknown(kept: Kept, id: number, { message }: NoSchema): Error {
    const now = this.now();
    const waited = now - kept.since >= lagging.waitMs;
    if (!waited && !kept.unknown && now >= this.hastyUntil)
      return new NotYet(`its schema ${String(id)} is not known yet, and is waited for: ${message}`);
    if (waited && !kept.unknown) this.hastyUntil = now + lagging.hastyMs;
    kept.unknown = true;
    return new Unreadable(`its schema ${String(id)} is unknown: ${message}`);
  }

  private async make(id: number, tell: (length: number) => void): Promise<Reader> {
    const { type, maker } = kinds[this.format];
    const references: Referenced[] = [];
    const schema = await schemaAt(this.options, `/schemas/ids/${String(id)}`);
    await this.gather(schema, references, new Set());
    if (schema.type !== type)
      throw new Unreadable(`its schema ${String(id)} is of type ${cut(schema.type, 50)}; the source says format: ${this.format}`);
    tell(schema.text.length + references.reduce((sum, { text }) => sum + text.length, 0));
    try {
      return maker(schema.text, references);
    } catch (error) {
      throw new Unreadable(`its schema ${String(id)} cannot be used: ${reasonOf(error)}`);
    }
  }

  /** Those that it refers to, deepest first, each once. */
  private async gather({ references }: RegistrySchema, found: Referenced[], known: Set<string>): Promise<void> {
    for (const { name, subject, version } of references) {
      if (known.has(name)) continue;
      known.add(name);
      if (known.size > most.references) throw new Unreadable(`its schema refers to more than ${String(most.references)} others`);
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${encodeURIComponent(version)}`;
      const schema = await schemaAt(this.options, path);
      await this.gather(schema, found, known);
      found.push({ name, text: schema.text });
    }
  }

  /** What came first goes first. */
  private bound(): void {
    let length = [...this.kept.values()].reduce((sum, one) => sum + one.length, 0);
    for (const [id, one] of this.kept) {
      if (this.kept.size <= most.schemas && length <= most.length) return;
      length -= one.length;
      this.kept.delete(id);
    }
  }
}

/** Libraries quote values and schemas in their errors, of any length; a value may hold a secret, so that only the beginning is told. */
const reasonOf = (error: unknown): string => cut((error as Error).message.split('\n')[0] ?? '', 120);
