import type { Evidence } from '../evidence.ts';
import type { Expectation } from '../oracle/expect.ts';
import type { Summary } from '../summary.ts';
import { candidateChecks } from './candidates.ts';
import { caseOf } from './case.ts';
import { counterChecks } from './counters.ts';
import { eventChecks } from './events.ts';
import { limitChecks } from './limits.ts';
import { mailChecks } from './mails.ts';
import { milestoneChecks } from './milestones.ts';
import type { Problem } from './problem.ts';
import { stageChecks } from './stages.ts';

const checks = [eventChecks, milestoneChecks, stageChecks, candidateChecks, limitChecks, mailChecks, counterChecks].flat();

/** What does not hold of a replay; empty when all is accounted for. Of another playbook, only what follows from the orders is checked. */
export function verify(summary: Summary, expectation: Expectation, evidence: Evidence): Problem[] {
  const of = caseOf(summary, expectation, evidence);
  return checks.flatMap((check) => check(of));
}
