import type { TaskStatus } from '#stream';

/** The status of a live task at rest, with these changes. */
export const taskStatus = (changes: Partial<TaskStatus>): TaskStatus => ({
  processor: 'sender',
  partition: 1,
  clock: 'live',
  watermark: undefined,
  waitsFor: 'nothing',
  stopped: false,
  lagRecords: 0,
  taken: 0,
  transactions: 0,
  deadLetters: 0,
  tallies: {},
  ...changes,
});
