/** Whether wakes may be due, without asking the database at every turn. Belongs to one ownership. */
export class Due {
  /** No row's `wake_at` lies before this. */
  private before: number;

  /** `timers`: the processor has any. */
  constructor(private readonly timers: boolean) {
    this.before = timers ? -Infinity : Infinity;
  }

  /** Something may be due before the instant (epoch ms). */
  may(instant: number): boolean {
    return this.timers && instant > this.before;
  }

  /** All that was due before the instant has been taken, or not all. */
  asked(before: number, all: boolean): void {
    this.before = all ? before : -Infinity;
  }

  /** The earliest `wake_at` there is; undefined: none. */
  first(wakeAt: number | undefined): void {
    this.before = wakeAt ?? Infinity;
  }

  /** Rows with these columns were written. */
  written(columns: Iterable<number | null>): void {
    for (const wakeAt of columns) if (wakeAt !== null && wakeAt < this.before) this.before = wakeAt;
  }
}
