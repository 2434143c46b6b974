import { deadLetterHeaders, type Contract } from '#contracts';
import { cellsOf, columnsOf, type Column } from '#reference';
import { controlHeader, type LogRecord } from '#stream';
import type { Hide } from '../without-secrets.ts';
import { once } from '../without-repeats.ts';

/** Which records are wanted, by their `at`; the end is not among them. Epoch ms. */
export interface Span {
  readonly from?: number;
  readonly until?: number;
}

/** What becomes of a record: a row of the table, nothing for a reason, or a word on why it does not fit its contract. */
export type Taken =
  { readonly row: readonly unknown[] } | { readonly left: 'control' | 'repeat' | 'outside' } | { readonly misfit: string };

/**
 * Makes rows of a topic's records, in the order of `columns`. It drops what a consumer of ours drops: watermarks, clocks, and repeats
 * after a crash. A record without a readable `at` belongs to every span. Secrets are hidden as in `hito read`.
 */
export class Rows {
  readonly columns: readonly Column[];
  private readonly isNew: ReturnType<typeof once>;

  constructor(
    private readonly contract: Contract,
    private readonly span: Span,
    private readonly hide: Hide,
  ) {
    this.columns = columnsOf(contract);
    // Dead letters keep the headers that they came with: their numbers are those of other topics.
    this.isNew = isLetters(contract) ? () => true : once();
  }

  take(partition: number, record: LogRecord): Taken {
    if (controlHeader in record.headers) return { left: 'control' };
    if (!this.isNew(partition, record)) return { left: 'repeat' };
    const headers = this.hide(record.headers) as Readonly<Record<string, unknown>>;
    const parts = { partition, offset: record.offset, key: record.key, headers, deleted: record.value === null };
    if (isLetters(this.contract)) return this.letter(record, parts);
    if (record.value === null)
      return this.contract.cleanup === 'compact'
        ? { row: cellsOf(this.columns, { ...parts, value: undefined }) }
        : { misfit: 'it has no value' };
    const value = parsed(record.value);
    if (value === undefined) return { misfit: 'it is no JSON' };
    const checked = this.contract.schema.safeParse(this.hide(value));
    if (!checked.success)
      return { misfit: checked.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`).join('; ') };
    if (this.isOutside(instantIn(checked.data))) return { left: 'outside' };
    return { row: cellsOf(this.columns, { ...parts, value: checked.data }) };
  }

  /** A dead letter's value may be anything, and so fits. */
  private letter({ value, headers }: LogRecord, parts: Omit<Parameters<typeof cellsOf>[1], 'value'>): Taken {
    const read = value === null ? undefined : parsed(value);
    const refusedAt = deadLetterHeaders.safeParse(headers).data?.['hito-dl-at'];
    if (this.isOutside(refusedAt === undefined ? instantIn(read) : Date.parse(refusedAt))) return { left: 'outside' };
    const text = read === undefined ? this.hide(value === null ? null : String(value)) : JSON.stringify(this.hide(read));
    return { row: cellsOf(this.columns, { ...parts, value: text }) };
  }

  private isOutside(at: number): boolean {
    return at < (this.span.from ?? -Infinity) || at >= (this.span.until ?? Infinity);
  }
}

const isLetters = ({ name }: Contract): boolean => name.includes('dead-letters');

/** Epoch ms of a record's `at`; not a number where it has none. */
const instantIn = (data: unknown): number => {
  const at = typeof data === 'object' && data !== null && 'at' in data ? data.at : undefined;
  return typeof at === 'string' ? Date.parse(at) : Number.NaN;
};

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(String(value)) as unknown;
  } catch {
    return undefined;
  }
}
