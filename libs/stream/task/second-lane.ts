import { failPoint } from '../model/fail-point.ts';
import { pause } from '../model/signal.ts';
import { Leash } from '../input/leash.ts';
import { isMeeting, type OtherLane } from './lanes.ts';
import type { Ownership } from './ownership.ts';
import { taskName } from './task-context.ts';

/** How far a silent lane's time is behind the first one's, ms; undefined while it has none. */
export function behindMs({ leash, watermark }: Ownership): number | undefined {
  const behind = (leash?.watermark ?? NaN) - watermark;
  return Number.isFinite(behind) ? Math.max(0, behind) : undefined;
}

/**
 * A silent lane, between two turns: where it has taken all that the first lane had, it asks how far that one is now. Where both stand
 * at a meeting, it takes over. True: the task is to be taken anew.
 */
export async function follows(owned: Ownership, before: OtherLane): Promise<boolean> {
  const { store, partition, now, logger, tuning } = owned.context;
  const { leash } = owned;
  if (leash !== undefined && owned.watermark < leash.watermark) {
    if (now() - leash.readAt < tuning.followMs * far) return false;
  } else if (leash !== undefined && (await takesOver(owned, before, leash))) {
    logger.info({ task: taskName(owned.context), at: owned.watermark }, 'This lane has taken over');
    return true;
  }
  const readAt = now();
  const standing = await store.standing(before.lane, partition);
  owned.leash = standing && new Leash(standing, readAt);
  if (standing === undefined || standing.successor === null) return false;
  await owned.raise(`lane ${standing.successor} has taken over from ${before.lane}: ${owned.context.lane} cannot any more`);
  return true;
}

/** Both lanes have taken the same: everything before this instant, and nothing from then on. */
async function takesOver(owned: Ownership, before: OtherLane, leash: Leash): Promise<boolean> {
  const { time, txn } = leash.standing;
  const { watermark } = owned;
  if (
    watermark !== leash.watermark ||
    !isMeeting(before, owned.context.tuning.meetingMs, watermark) ||
    (time ?? -Infinity) > watermark
  )
    return false;
  if (!owned.clean || !leash.drained(owned.intake.inputs)) return false;
  failPoint('before-switch');
  const over = await owned.takeOver(before.lane, txn);
  if (over) failPoint('after-switch');
  return over;
}

/**
 * A first lane, where it is to meet the second one: live, it waits a moment where that one is near; driven, as long as it takes. True: it
 * has taken over, and this lane is over.
 */
export async function meets(owned: Ownership, next: OtherLane, stopping: AbortSignal): Promise<boolean> {
  const { store, partition, tuning } = owned.context;
  if (!owned.meets(next) || owned.due.may(owned.watermark)) return false;
  const until = performance.now() + tuning.meetMs;
  // Live, this may begin in the middle of something; the next meeting will be as it should.
  while (owned.clean) {
    owned.report.turned = performance.now();
    owned.report.waitsFor = `lane ${next.lane}`;
    const standing = await store.standing(next.lane, partition);
    if (standing?.silent === false) return true;
    if (stopping.aborted || owned.report.held !== undefined) return false;
    const near = owned.watermark - (standing?.watermark ?? -Infinity) <= tuning.nearMs;
    if (owned.clock === 'live' && !(near && performance.now() < until)) break;
    await pause(tuning.followMs / 2, stopping);
  }
  owned.met = owned.watermark;
  return false;
}

/** Deletes some rows of the lane before. */
export async function sweepSome(owned: Ownership, before: OtherLane): Promise<void> {
  const { store, partition, processor, lane, tuning } = owned.context;
  const swept = await store.sweep(before.lane, partition, lane, { limit: tuning.swept, items: processor.list !== undefined });
  failPoint('after-sweep');
  owned.sweeping = swept > 0;
}

/** A lane that is far behind asks so many times less often. */
const far = 20;
