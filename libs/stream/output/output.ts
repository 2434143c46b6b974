import { deadLetter, type Refused } from './dead-letter.ts';
import type { Out } from './outbox.ts';

/** Records, and the bytes of their values. */
export interface Encoded {
  readonly records: readonly Out[];
  readonly bytes: number;
}

/** What one transaction publishes, counts and writes into the processor's own tables. */
export class Output {
  readonly out: Out[] = [];
  readonly tallies = new Map<string, number>();
  readonly effects: unknown[] = [];
  /** Bytes of the values in `out`. */
  bytes = 0;
  deadLetters = 0;

  constructor(private readonly by: Parameters<typeof deadLetter>[0]) {}

  add({ records, bytes }: Encoded): void {
    for (const one of records) this.out.push(one);
    this.bytes += bytes;
  }

  tally(name: string, by: number): void {
    this.tallies.set(name, (this.tallies.get(name) ?? 0) + by);
  }

  letter(of: Parameters<typeof deadLetter>[1], refused: Refused): void {
    const { kind, source } = refused;
    this.deadLetters++;
    this.tally('dead_letters', 1);
    this.tally(`dead_letter.${kind}${source === undefined ? '' : `.${source}`}`, 1);
    this.out.push(deadLetter(this.by, of, refused));
    this.bytes += of.value?.length ?? 0;
  }
}
