import { personId } from '#contracts';
import type { Evidence } from '../evidence.ts';
import type { Expectation, ExpectedPerson } from '../oracle/expect.ts';
import type { Play } from '../oracle/playbook.ts';
import type { Summary } from '../summary.ts';
import type { Problem } from './problem.ts';

/** All that a check looks at. */
export interface Case {
  readonly summary: Summary;
  readonly evidence: Evidence;
  readonly expectation: Expectation;
  /** By person id. */
  readonly people: ReadonlyMap<string, ExpectedPerson>;
  readonly plays: ReadonlyMap<string, Play>;
}

export type Check = (of: Case) => Problem[];

export const caseOf = (summary: Summary, expectation: Expectation, evidence: Evidence): Case => ({
  summary,
  evidence,
  expectation,
  people: new Map(expectation.people.map((person) => [personId(person.customer), person])),
  plays: new Map(expectation.rules.plays.map((play) => [play.id, play])),
});

export const iso = (at: number): string => new Date(at).toISOString();

export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, n) => total + n, 0);
