import { describe, expect, test } from '@jest/globals';
import type { TaskStatus } from '#stream';
import { stuckTask } from './stuck.ts';
import { taskStatus } from './testing/task-status.ts';

const task = (changes: Partial<TaskStatus>): TaskStatus => taskStatus({ processor: 'scoring', partition: 3, ...changes });

describe('a process', () => {
  test('is stuck when a task makes no turn for longer than the limit', () => {
    expect(stuckTask([task({}), task({ sinceTurnMs: 301_000 })], 300_000)).toBe('scoring/3 has made no progress for 301 s');
  });

  test.each([
    ['its tasks turn', { sinceTurnMs: 300_000 }],
    ['the broker is away', { sinceTurnMs: 1e9, waitsFor: 'broker' }],
    ['the database is away', { sinceTurnMs: 1e9, waitsFor: 'database' }],
    ['another process owns the task', { sinceTurnMs: 1e9, waitsFor: 'ownership' }],
    ['an alarm has stopped the task', { sinceTurnMs: 1e9, stopped: true, waitsFor: 'stopped: x' }],
    ['the task is a worker that reports no turns', {}],
  ])('is not stuck while %s', (_, changes) => {
    expect(stuckTask([task(changes)], 300_000)).toBeUndefined();
  });
});
