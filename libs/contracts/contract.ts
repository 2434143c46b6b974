import type { z } from 'zod';

/** Which processor writes a topic, and whether its key differs from the key of what it reads (then every task writes every partition). */
export interface Writer {
  readonly processor: string;
  readonly rekeyed: boolean;
}

/** What an outsider must know of a topic beside its schema; the topic catalogue (`docs/reference/topics.md`) is made of it. */
export interface About {
  readonly meaning: string;
  /** The service whose team answers for it. */
  readonly owner: string;
  /** What the key of its records is. */
  readonly key: string;
  /** How a later record changes what an earlier one says; absent where none does. */
  readonly restated?: string;
}

/** One topic, one schema, one version. The version is part of the name; the topic on the broker is `<prefix>.<name>`. */
export interface Contract<Name extends string = string, Data = unknown, Key extends string = string> {
  /** Topic without its prefix, e.g. `events.v1`. */
  readonly name: Name;
  readonly schema: z.ZodType<Data>;
  /** The field that holds the record's key, for what our processors write; `person_id` where absent. */
  readonly keyField?: Key;
  /** Who writes it with a `hito-seq` and watermarks; absent where outsiders write (`collected`, `hits`) or several processors do. */
  readonly writer?: Writer;
  readonly cleanup: 'delete' | 'compact';
  /** Milliseconds a record is kept; -1 is for ever. */
  readonly retentionMs: number;
  /** Largest record in bytes; the broker's default (1 MiB) where absent. */
  readonly maxBytes?: number;
  readonly about?: About;
}

export type DataOf<C> = C extends Contract<string, infer Data> ? Data : never;
export type NameOf<C> = C extends Contract<infer Name> ? Name : never;
export type KeyFieldOf<C> = C extends Contract<string, unknown, infer Key> ? Key : never;

export const days = (n: number): number => n * 86_400_000;

/** Declares a message: its name with version, its schema, who writes it and how long it is kept. */
export const contract = <const Name extends string, Schema extends z.ZodType, const Key extends string = 'person_id'>(
  name: Name,
  schema: Schema,
  options: {
    keyField?: Key;
    writer?: Writer;
    cleanup?: 'delete' | 'compact';
    retentionMs: number;
    maxBytes?: number;
    about?: About;
  },
): Contract<Name, z.infer<Schema>, Key> => ({
  name,
  schema: schema as z.ZodType<z.infer<Schema>>,
  cleanup: options.cleanup ?? 'delete',
  ...options,
});

/** The broker's name of a contract's topic under an installation's prefix. */
export const topicOf = (prefix: string, { name }: Contract): string => `${prefix}.${name}`;
