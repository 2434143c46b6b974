import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#testing';
import { root } from '../../local/root.ts';
import type { Cluster } from './cluster.ts';

const folder = join(root, 'verification', 'k8s');
/** A person's mail is on its way through six services that have just been killed. */
const settledWithinMs = 300_000;
/** Between two counts: each starts a process beside the pods under trial. */
const betweenMs = 2_000;

/** What desk/count.mjs prints. Seconds are from asking to the inbox, of those who asked in a span of time. */
export interface Count {
  readonly load: { readonly asked: number; readonly taken: number; readonly repeated: number; readonly open: number };
  readonly people: number;
  readonly mails: number;
  readonly doubled: readonly string[];
  readonly without: readonly string[];
  readonly inDoubt: number;
  /** Mails to addresses of nobody who asked, by address: those of `helm test`. */
  readonly others: Readonly<Record<string, number>>;
  readonly states: Readonly<Record<string, number>>;
  /** Mails by the hours for which they are good: the playbook's `not_after`. */
  readonly validHours: Readonly<Record<string, number>>;
  readonly seconds: {
    readonly of: number;
    readonly median: number | null;
    readonly p99: number | null;
    readonly longest: number | null;
  };
  readonly longestSilence: number | null;
  readonly takenWithin: number;
}

/** The pod that asks for mails and counts them. */
export class Desk {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Begins to ask for so many mails a second. */
  async open(image: string, peoplePerSecond: number): Promise<void> {
    await this.cluster.kubectl(['create', 'configmap', 'desk', `--from-file=${join(folder, 'desk')}`]);
    const pod = readFileSync(join(folder, 'desk.yaml'), 'utf8').replace('IMAGE', image).replace('RATE', String(peoplePerSecond));
    await this.cluster.kubectl(['apply', '--filename', '-'], pod);
    await this.cluster.kubectl(['wait', 'pod/desk', '--for=condition=Ready', '--timeout=120s']);
  }

  async count(fromMs = 0, toMs = Date.now()): Promise<Count> {
    const args = ['exec', 'desk', '--', 'node', '/app/desk/count.mjs', String(fromMs), String(toMs)];
    return JSON.parse(await this.cluster.kubectl(args)) as Count;
  }

  /** No one asks any more. */
  async close(): Promise<void> {
    await this.cluster.kubectl(['exec', 'desk', '--', 'node', '-e', "fs.writeFileSync('/tmp/stop', '')"]);
  }

  /** Waits until everybody whose call was taken so far has a mail, or one that stays in doubt. Gives the count. */
  async settled(): Promise<Count> {
    const waiting = new Set((await this.count()).without);
    let count = await this.count();
    const left = (): number => count.without.filter((email) => waiting.has(email)).length;
    await until(
      async () => {
        if (left() === 0) return true;
        await sleep(betweenMs);
        count = await this.count();
        return left() === 0;
      },
      () => `${String(left())} people have no mail: ${count.without.slice(0, 3).join(', ')} …`,
      settledWithinMs,
    );
    return count;
  }
}

/** What does not hold: a doubled mail. */
export const doubles = ({ doubled }: Count): string[] => doubled.map((email) => `${email} has more than one mail`);

/** A count in words. */
export const told = ({ people, mails, inDoubt, load, others }: Count): string =>
  `${String(people)} people, ${String(mails)} mails in the inbox (${String(Object.values(others).reduce((a, b) => a + b, 0))} of helm test), ${String(inDoubt)} in doubt; ${String(load.repeated)} calls were repeated`;

/** Seconds from asking to the inbox, in words. */
export const pace = ({ seconds, longestSilence, takenWithin }: Count): string =>
  `asked to inbox ${shown(seconds.median)} s median, ${shown(seconds.p99)} s p99, ${shown(seconds.longest)} s longest (${String(seconds.of)} mails); longest time without a mail ${shown(longestSilence)} s; calls taken within ${shown(takenWithin)} s`;

const shown = (seconds: number | null): string => (seconds === null ? '–' : seconds.toFixed(1));
