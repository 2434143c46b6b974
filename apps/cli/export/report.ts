import type { Taken } from './rows.ts';
import type { Target } from './target.ts';

/** How many records that do not fit are named; the others are counted. */
const named = 10;
const number = (n: number): string => n.toLocaleString('en');

/** Counts what became of the records of an export, and says it in words. */
export class Report {
  private readonly counts = { row: 0, control: 0, repeat: 0, outside: 0, misfit: 0 };
  private readonly places: string[] = [];

  constructor(
    private readonly topic: string,
    private readonly target: Pick<Target, 'name' | 'bytes'>,
    /** How many records there are about, watermarks among them. */
    private readonly all: number,
  ) {}

  count(taken: Taken, partition: number, offset: number): void {
    if ('row' in taken) this.counts.row += 1;
    else if ('left' in taken) this.counts[taken.left] += 1;
    else {
      this.counts.misfit += 1;
      if (this.places.length < named) this.places.push(`${this.topic} ${String(partition)}/${String(offset)}: ${taken.misfit}`);
    }
  }

  get misfits(): number {
    return this.counts.misfit;
  }

  progress(): string {
    const read = Object.values(this.counts).reduce((sum, n) => sum + n, 0);
    const share = this.all === 0 ? 100 : Math.min(100, Math.floor((100 * read) / this.all));
    return `${this.topic}: ${number(read)} records read (${String(share)} %), ${number(this.counts.row)} exported`;
  }

  /** The summary, a line each. */
  lines(): string[] {
    const { row, control, repeat, outside, misfit } = this.counts;
    const left = [
      [control, 'watermarks and clocks'],
      [repeat, 'repeats after a crash'],
      [outside, 'outside of --from and --until'],
      [misfit, 'that do not fit their contract'],
    ] as const;
    return [
      `Exported ${number(row)} records of ${this.topic} to ${this.target.name} (${number(this.target.bytes())} bytes).`,
      `Left out: ${left.map(([n, what]) => `${number(n)} ${what}`).join(', ')}.`,
      ...(misfit === 0 ? [] : ['DO NOT FIT (`hito read` shows them):', ...this.places]),
      ...(misfit > named ? [`and ${number(misfit - named)} more`] : []),
    ];
  }
}
