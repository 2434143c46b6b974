import { expect, test } from '@jest/globals';
import { Problem } from './problem.ts';
import { readFlags } from './flags.ts';

const now = Date.parse('2026-03-01T00:30:00Z');

test('all flags', () => {
  expect(
    readFlags(['--once', '--fresh', '--history', 'a.txt', '--until', '2026-02-28', '--playbook=p.yaml', '--no-replay'], now),
  ).toEqual({
    once: true,
    fresh: true,
    history: 'a.txt',
    until: '2026-02-28',
    playbook: 'p.yaml',
    replay: false,
    help: false,
  });
  expect(readFlags([], now)).toEqual({
    once: false,
    fresh: false,
    history: undefined,
    until: undefined,
    playbook: undefined,
    replay: true,
    help: false,
  });
  expect([readFlags(['--help'], now).help, readFlags(['-h'], now).help]).toEqual([true, true]);
});

test.each([
  [['--until', '2026-03-01'], 'Give 2026-02-28 or earlier'],
  [['--until', '2026-02-30'], 'is no date'],
  [['--until', 'today'], 'is no date'],
  [['--onse'], 'npm start --'],
  [['--history'], 'npm start --'],
])('%j is refused with what to do', (args, words) => {
  expect(() => readFlags(args, now)).toThrow(Problem);
  expect(() => readFlags(args, now)).toThrow(words);
});
