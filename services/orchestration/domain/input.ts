import type { Contract, DataOf, events, milestones, NameOf, outcomes, profiles, scores, stages } from '#contracts';

interface Taken<C extends Contract> {
  readonly kind: 'record';
  readonly topic: NameOf<C>;
  readonly id: string;
  readonly at: number;
  readonly data: DataOf<C>;
  /** Where its work stands in a trace, if it is traced. */
  readonly trace?: string;
}

interface Wake {
  readonly kind: 'wake';
  /** The instant that `wakeAt` named, epoch ms. */
  readonly named: number;
  readonly at: number;
}

type RecordOf<C> = C extends Contract ? Taken<C> : never;

/** What may start a candidate or withdraw one. */
export type Happening = RecordOf<typeof events | typeof scores | typeof stages | typeof milestones>;

/** All that orchestration is told; `at` is stream time, epoch ms. */
export type Input = Happening | Taken<typeof profiles> | Taken<typeof outcomes> | Wake;
