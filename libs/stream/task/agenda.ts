import { Heap } from '../input/heap.ts';
import type { RecordItem } from '../input/stream-buffer.ts';

/** A timer that fires. */
export interface Wake {
  readonly instant: number;
  readonly key: string;
}

/** A person's timer as it stands now. */
interface Timer {
  readonly parked: boolean;
  readonly wake: number | undefined;
}

/** Which wake comes next: by instant, wakes of one instant by key. What was re-timed since it was put down is passed over. */
export class Agenda {
  private readonly heap = new Heap<Wake>((a, b) => a.instant < b.instant || (a.instant === b.instant && a.key < b.key));

  constructor(private readonly entryOf: (key: string) => Timer | undefined) {}

  put(wake: Wake): void {
    this.heap.push(wake);
  }

  /** The earliest wake that still stands. */
  next(): Wake | undefined {
    for (;;) {
      const top = this.heap.peek();
      if (top === undefined) return undefined;
      const entry = this.entryOf(top.key);
      if (entry !== undefined && !entry.parked && entry.wake === top.instant) return top;
      this.heap.pop();
    }
  }

  /** Live: a person's due wakes come before their next record, which is taken at `time` or later. */
  before({ at, key }: RecordItem, { parked, wake }: Timer, time: number): Wake | undefined {
    return !parked && wake !== undefined && wake < Math.max(at, time) ? { instant: wake, key } : undefined;
  }
}
