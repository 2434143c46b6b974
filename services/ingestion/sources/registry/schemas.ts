import { cut } from '#facts';
import { Unreadable } from '../formats/format.ts';
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

interface Kept {
  readonly reader: Promise<Reader>;
  length: number;
  /** performance.now() until which it counts. */
  until: number;
}

/**
 * The schemas of a registry by their ids, as readers of one format. What an id means never changes, so that it is asked for once, until
 * others have pushed it out. While the registry is away, reading rejects: its source waits.
 */
export class Schemas {
  private readonly kept = new Map<number, Kept>();

  constructor(
    private readonly options: RegistryOptions,
    private readonly format: RegistryFormat,
  ) {}

  /**
   * Reads a value: a zero byte, four bytes of the schema's id, the rest by the schema. Throws Unreadable. Source:
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
    if (known !== undefined && known.until > performance.now()) return known.reader;
    const kept: Kept = { reader: this.make(id, (length) => (kept.length = length)), length: 0, until: Infinity };
    this.kept.delete(id);
    this.kept.set(id, kept);
    kept.reader.then(
      () => {
        this.bound();
      },
      (error: unknown) => {
        // A registry that is away is asked again at once: its source waits between its tries.
        if (error instanceof Unreadable) kept.until = performance.now() + most.missingMs;
        else if (this.kept.get(id) === kept) this.kept.delete(id);
      },
    );
    return kept.reader;
  }

  private async make(id: number, tell: (length: number) => void): Promise<Reader> {
    const { type, maker } = kinds[this.format];
    let schema: RegistrySchema;
    const references: Referenced[] = [];
    try {
      schema = await schemaAt(this.options, `/schemas/ids/${String(id)}`);
      await this.gather(schema, references, new Set());
    } catch (error) {
      if (error instanceof NoSchema) throw new Unreadable(`its schema ${String(id)} is unknown: ${error.message}`);
      throw error;
    }
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
