import { setTimeout as sleep } from 'node:timers/promises';
import { kindOf, type Logger } from '#stream';
import { mark, type MarkerRequest } from '../mails/marker.ts';
import { announcements } from '../mails/outcome.ts';
import { refusals, settleMails, type Settled } from '../mails/settle.ts';
import { Grouped } from './grouped.ts';
import type { HeldPartition } from './held-partition.ts';

type Answer = 'granted' | 'refused' | 'released';
type Entry = { readonly held: HeldPartition } & ({ readonly marker: MarkerRequest } | { readonly settled: Settled });

/**
 * Writes markers and endings of all partitions of this process, each under its partition's fence, in one transaction for all that have
 * come meanwhile, in the order in which they came: a marker is never committed before an ending that was handed in earlier. So a
 * connection may go on with its next mail while the reply to the last one is being recorded, and a crash still leaves it one mail in
 * doubt at most.
 */
export class Ledger {
  private readonly entries: Grouped<Entry, Answer>;
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
    this.entries = new Grouped((entries) => this.write(entries));
  }

  /** Only after `granted` may a byte of the body leave; it is on disk then. Rejects where it is not known whether the marker stands. */
  mark(held: HeldPartition, marker: MarkerRequest): Promise<Answer> {
    return this.entries.add({ held, marker });
  }

  /** Resolves when it is on disk. */
  async settle(held: HeldPartition, settled: Settled): Promise<void> {
    await this.entries.add({ held, settled });
  }

  private async write(entries: readonly Entry[]): Promise<(Answer | Error)[]> {
    try {
      return await this.together(entries);
    } catch (error) {
      // Nothing was written: one of them is refused for what it says, and the others go on without it, in their order.
      if (kindOf(error) === 'data' && entries.length > 1) {
        const half = entries.length >> 1;
        return [...(await this.write(entries.slice(0, half))), ...(await this.write(entries.slice(half)))];
      }
      this.logger.warn(
        { reason: (error as Error).message },
        'Markers and replies could not be written together; the replies are written alone',
      );
      const settled = entries.flatMap((entry) => ('settled' in entry ? [entry] : []));
      // The bare facts, by attempt and token: true whoever owns the partition now, and its owner announces them.
      if (settled.length > 0) await this.untilWritten(settled);
      return entries.map((entry) => ('settled' in entry ? 'granted' : (error as Error)));
    }
  }

  private async together(entries: readonly Entry[]): Promise<Answer[]> {
    const settled = entries.flatMap((entry) => ('settled' in entry ? [entry.settled] : []));
    const [first, ...others] = [...new Set(entries.map(({ held }) => held))].filter(({ fenced }) => !fenced);
    if (first === undefined) {
      await this.untilWritten(entries.flatMap((entry) => ('settled' in entry ? [entry] : [])));
      return entries.map((entry) => ('settled' in entry ? 'granted' : 'released'));
    }
    const { result: marked, held } = await first.session.together(
      others.map(({ session }) => session),
      async (sql, mine) => {
        const changed = settled.length === 0 ? [] : await settleMails(sql, settled, ({ partition }) => mine.has(partition));
        const markers = entries.flatMap((entry) =>
          'marker' in entry && !entry.held.fenced && mine.has(entry.held.number) ? [entry.marker] : [],
        );
        const granted = markers.length === 0 ? [] : await mark(sql, markers);
        const commits = announcements(changed);
        for (const [partition, tally] of refusals(settled, ({ partition }) => mine.has(partition)))
          commits.set(partition, { emit: [], ...commits.get(partition), tally: { ...commits.get(partition)?.tally, ...tally } });
        return { result: new Map(markers.map((marker, i) => [marker, granted[i] === true])), commits };
      },
    );
    for (const partition of [first, ...others]) if (!held.has(partition.number)) partition.fence();
    return entries.map((entry) => {
      if ('settled' in entry) return 'granted';
      const granted = marked.get(entry.marker);
      return granted === undefined ? 'released' : granted ? 'granted' : 'refused';
    });
  }

  private async untilWritten(entries: readonly { readonly held: HeldPartition; readonly settled: Settled }[]): Promise<void> {
    const [first] = entries;
    let given = entries.map(({ settled }) => settled);
    for (let tries = 1; first !== undefined; tries += 1) {
      try {
        await first.held.session.unchecked((sql) => settleMails(sql, given, () => false));
        return;
      } catch (error) {
        if (kindOf(error) === 'data' && tries > 1 && given.length === 1) throw error;
        if (kindOf(error) === 'data') {
          if (entries.length > 1) {
            for (const entry of entries) await this.untilWritten([entry]);
            return;
          }
          // Its text is what is refused; that the attempt ended, and how, is kept.
          given = given.map(({ mail, settlement }) => ({ mail, settlement: bare(settlement) }));
          continue;
        }
        // A minute without a database: what was in data is found in_doubt by its age.
        if (tries === 60) throw error;
        await sleep(1_000);
      }
    }
  }
}

/** How an attempt ended, without any text of the server's. */
const bare = ({ reply: _, reason: __, ...rest }: Settled['settlement']): Settled['settlement'] => ({
  ...rest,
  reason: 'unrecordable',
});
