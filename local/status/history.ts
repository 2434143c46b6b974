const minute = 60_000;
const kept = 61;

/** The state of counters at the end of each of the last minutes, for the charts. Bounded: 61 minutes. */
export class History {
  private minutes: { readonly minute: number; counts: Readonly<Record<string, number>> }[] = [];

  /** `at`: wall clock, epoch ms. A later reading of the same minute replaces the earlier one. */
  add(at: number, counts: Readonly<Record<string, number>>): void {
    const now = Math.floor(at / minute);
    const last = this.minutes.at(-1);
    if (last?.minute === now) last.counts = counts;
    else if (last === undefined || now > last.minute) this.minutes.push({ minute: now, counts });
    this.minutes = this.minutes.filter((one) => one.minute > now - kept).slice(-kept);
  }

  /** Names of all counters read within the hour. */
  names(): string[] {
    return [...new Set(this.minutes.flatMap(({ counts }) => Object.keys(counts)))].sort();
  }

  /**
   * How much a counter rose in each of the last 60 minutes, the present one last. A minute without a reading has 0; what rose meanwhile is in
   * the next one that has. The first reading is the ground and rises from nothing.
   */
  rises(name: string): number[] {
    return this.hour((counts, before) => (before === undefined ? 0 : Math.max(0, (counts[name] ?? 0) - (before[name] ?? 0))));
  }

  /** The counter at the end of each of the last 60 minutes; a minute without a reading has that of the one before. */
  levels(name: string): number[] {
    const last = this.minutes.at(-1)?.minute ?? 0;
    return this.hour(() => 0).map((_, i, all) => {
      const until = last - (all.length - 1 - i);
      return this.minutes.findLast((one) => one.minute <= until)?.counts[name] ?? 0;
    });
  }

  private hour(
    value: (counts: Readonly<Record<string, number>>, before: Readonly<Record<string, number>> | undefined) => number,
  ): number[] {
    const last = this.minutes.at(-1)?.minute ?? 0;
    const values = Array.from({ length: kept - 1 }, () => 0);
    for (const [i, one] of this.minutes.entries()) {
      const place = values.length - 1 - (last - one.minute);
      if (place >= 0) values[place] = value(one.counts, this.minutes[i - 1]?.counts);
    }
    return values;
  }
}
