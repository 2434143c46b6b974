import type { z } from 'zod';

/** Which processor writes a topic, and whether its key differs from the key of what it reads (then every task writes every partition). */
export interface Writer {
  readonly processor: string;
  readonly rekeyed: boolean;
}

/** One topic, one schema, one version. The version is part of the name; the topic on the broker is `<prefix>.<name>`. */
export interface Contract<Name extends string = string, Data = unknown> {
  /** Topic without its prefix, e.g. `events.v1`. */
  readonly name: Name;
  readonly schema: z.ZodType<Data>;
  /** Who writes it with a `hito-seq` and watermarks; absent where outsiders write (`collected`, `hits`) or several processors do. */
  readonly writer?: Writer;
  readonly cleanup: 'delete' | 'compact';
  /** Milliseconds a record is kept; -1 is for ever. */
  readonly retentionMs: number;
  /** Largest record in bytes; the broker's default (1 MiB) where absent. */
  readonly maxBytes?: number;
}

export type DataOf<C> = C extends Contract<string, infer Data> ? Data : never;
export type NameOf<C> = C extends Contract<infer Name> ? Name : never;

export const days = (n: number): number => n * 86_400_000;

/** Declares a message: its name with version, its schema, who writes it and how long it is kept. */
export const contract = <const Name extends string, Schema extends z.ZodType>(
  name: Name,
  schema: Schema,
  options: { writer?: Writer; cleanup?: 'delete' | 'compact'; retentionMs: number; maxBytes?: number },
): Contract<Name, z.infer<Schema>> => ({
  name,
  schema: schema as z.ZodType<z.infer<Schema>>,
  cleanup: options.cleanup ?? 'delete',
  ...options,
});

/** The broker's name of a contract's topic under an installation's prefix. */
export const topicOf = (prefix: string, { name }: Contract): string => `${prefix}.${name}`;
