import { timelineOf, type Broadcast } from '../input/broadcast.ts';
import type { AnyProcessor } from '../model/processor.ts';
import type { Timeline } from '../model/rules.ts';
import type { Described } from '../model/runtime.types.ts';
import { pause } from '../model/signal.ts';

/** The other lane of a task that is to be switched. */
export interface OtherLane {
  readonly lane: string;
  /** The first meeting, epoch ms of the task's time. */
  readonly from: number;
}

/** A processor with rules, rows and cursors of its own. `name` of the processor goes into ids and origins, `lane` names the rows and the group. */
export interface Lane {
  readonly processor: AnyProcessor;
  readonly lane: string;
  readonly rules: Timeline;
  /** The lane that is to take over from this one. */
  readonly next?: OtherLane;
  /** The lane that this one is to take over from. */
  readonly before?: OtherLane;
}

/** The lanes of a processor. Throws where a second one cannot be. */
export function lanesOf(described: Described, broadcast: Broadcast | undefined): readonly Lane[] {
  const { processor, lane = processor.name, second } = described;
  const first = { processor, lane, rules: timelineOf(described, broadcast) };
  if (second === undefined) return [first];
  const { from } = second;
  if (!/^[a-z][a-z0-9_]*$/.test(second.lane) || second.lane === lane)
    throw new Error(
      `${second.lane} names no second lane of ${lane}: give small letters, digits and underscores, and another name`,
    );
  if (processor.apply !== undefined)
    throw new Error(`${processor.name} has tables of its own, which two lanes would both write: it can have no second lane`);
  return [
    { ...first, next: { lane: second.lane, from } },
    { processor, lane: second.lane, rules: timelineOf({ ...second, processor }, broadcast), before: { lane, from } },
  ];
}

/** Whether the lanes meet at this instant: at `from`, and every so many ms of the task's time after it. */
export const isMeeting = ({ from }: OtherLane, every: number, instant: number): boolean =>
  instant >= from && (instant - from) % every === 0;

/** The first meeting after an instant; epoch ms. */
export const nextMeeting = ({ from }: OtherLane, every: number, after: number): number =>
  after < from ? from : from + (Math.floor((after - from) / every) + 1) * every;

/** Silent lanes yield: one of them works at a time in a process, and then all rest. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  /** `rest`: how many times as long as the work took. */
  take(work: () => Promise<void>, rest: number, stopping: AbortSignal): Promise<void> {
    const before = this.last;
    const turn = before.then(async () => {
      const began = performance.now();
      await work();
      return performance.now() - began;
    });
    this.last = turn.then(
      (took) => pause(took * rest, stopping),
      () => undefined,
    );
    return turn.then(() => undefined);
  }
}
