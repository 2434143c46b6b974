import type { Step } from './profile.ts';

/** What one process of the hot path's bench measured. */
export interface Pass {
  readonly records: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** (a): the bare consumer and the scoring processor on the same topic, one after the other several times: the median of each. */
export interface HotPath {
  readonly load: string;
  /** How much of the bare consumer's rate each pass had, from low to high. */
  readonly ratios: readonly number[];
  readonly raw: Pass;
  readonly scoring: Pass;
  /** The same load once more under the profiler, all but idleness. */
  readonly steps?: readonly Step[];
}

/** (d): the scoring process after few and after many people. */
export interface Memory {
  readonly fewPeople: number;
  readonly fewBytes: number;
  readonly manyPeople: number;
  readonly manyBytes: number;
}

/** CPU of one process while (b) ran, from the first event to the last mail; of (e), from its start. */
export interface Share {
  readonly process: string;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** (b): events through all six services. */
export interface Throughput {
  readonly events: number;
  readonly people: number;
  readonly mails: number;
  /** From the first POST to the broker's last acknowledgement; to the last record taken; to the last watermark behind it. */
  readonly postedMs: number;
  readonly takenMs: number;
  readonly ms: number;
  /** From the first POST to the last mail: the time in which the shares were counted. */
  readonly settledMs: number;
  readonly shares: readonly Share[];
  /** CPU of the whole machine meanwhile, ms; 0 where it is not known. */
  readonly machineCpuMs: number;
}

/** (c): from the POST of a transactional event to its mail. */
export interface Latency {
  readonly wantedPerSecond: number;
  readonly backgroundPerSecond: number;
  readonly seconds: number;
  readonly mails: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** (e): the replay of the shop's history. */
export interface Replay {
  readonly history: string;
  readonly events: number;
  readonly mails: number;
  readonly ms: number;
  readonly accounted: boolean;
  /** Absent in figures of before. */
  readonly shares?: readonly Share[];
}

export interface Figures {
  readonly a?: readonly HotPath[];
  readonly b?: Throughput;
  readonly c?: Latency;
  readonly d?: Memory;
  readonly e?: Replay;
  readonly e10?: Replay;
}

export const parts = ['a', 'b', 'c', 'd', 'e', 'e10'] as const;
export type Part = (typeof parts)[number];

/** What docs/performance.json keeps: each part's figures and the day on which they were measured, yyyy-mm-dd. */
export interface Results {
  readonly figures: Figures;
  readonly dates: Readonly<Partial<Record<Part, string>>>;
}

export const perSecond = ({ records, ms }: Pass): number => (records / ms) * 1_000;

/** The nth percentile by nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}
