import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const memory = z.object({
  /** Which servers this installation lives on. */
  kind: z.enum(['given', 'docker', 'embedded']).optional(),
  brokers: z.string().optional(),
  prefix: z.string().optional(),
  partitions: z.int().optional(),
  /**
   * What was made on the servers; noted before it is made, so that it is known as ours even if we are killed. `taken`: schemas that
   * others had made and that were empty.
   */
  made: z
    .object({ topics: z.array(z.string()), schemas: z.array(z.string()), roles: z.array(z.string()), taken: z.array(z.string()) })
    .partial()
    .default({})
    .transform(({ topics = [], schemas = [], roles = schemas, taken = [] }) => ({ topics, schemas, roles, taken })),
  playbook: z.string().optional(),
  history: z
    .object({
      file: z.string(),
      sha256: z.string(),
      customers: z.int().optional(),
      orders: z.int().optional(),
      first: z.string().optional(),
      last: z.string().optional(),
    })
    .optional(),
  /** yyyy-mm-dd */
  until: z.string().optional(),
  replayStartedAt: z.string().optional(),
  /** How long the replay took to its end, ms: known from the first summary on. */
  replayMs: z.number().optional(),
  replayDone: z.boolean().default(false),
  live: z.boolean().default(false),
});

export type Facts = z.infer<typeof memory>;

/** What is remembered before the first start, and after `--fresh`. */
export const nothingKnown: Facts = memory.parse({});

/** What the local start remembers from one time to the next: `installation.json` in its folder. */
export class Memory {
  private readonly file: string;
  private facts: Facts;

  constructor(dir: string) {
    this.file = join(dir, 'installation.json');
    this.facts = memory.parse(existsSync(this.file) ? JSON.parse(readFileSync(this.file, 'utf8')) : {});
  }

  get now(): Facts {
    return this.facts;
  }

  /** Written beside and renamed: a kill leaves the old or the new. */
  note(change: Partial<Facts>): void {
    this.facts = { ...this.facts, ...change };
    writeFileSync(`${this.file}.new`, `${JSON.stringify(this.facts, undefined, 2)}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}
