import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Evidence } from '../summary/evidence.ts';
import { gather, type Places } from '../summary/gather/gather.ts';
import { expectation } from '../summary/oracle/expect.ts';
import { summaryOf, type Summary } from '../summary/summary.ts';
import { summaryTable } from '../summary/table.ts';
import { problemLine } from '../summary/verify/problem.ts';
import { verify } from '../summary/verify/verify.ts';

export interface SummaryOptions extends Places {
  /** Where `summary.json` goes. */
  readonly dir: string;
  readonly playbook: string;
  readonly history: string;
  readonly until: string;
  readonly wallMs: number;
}

export interface SummaryResult {
  readonly summary: Summary;
  /** The table to print. */
  readonly table: string;
  /** All that the installation had to show. */
  readonly evidence: Evidence;
  /** What does not hold, one line each; empty when all is accounted for. */
  readonly failures: readonly string[];
}

/** Takes the summary of a replay that has settled, writes `summary.json`, and says what does not hold. */
export async function summarize({ dir, playbook, history, until, wallMs, ...places }: SummaryOptions): Promise<SummaryResult> {
  const evidence = await gather(places);
  const summary = summaryOf(evidence, wallMs);
  writeFileSync(join(dir, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  const expected = expectation(readFileSync(history, 'utf8'), readFileSync(playbook, 'utf8'), until);
  const { unchecked } = expected.rules;
  const notChecked =
    unchecked.length === 0 ? '' : `Not checked, for it does not follow from the orders alone: ${unchecked.join(', ')}\n`;
  return {
    summary,
    evidence,
    table: `${summaryTable(summary)}${notChecked}`,
    failures: verify(summary, expected, evidence).map(problemLine),
  };
}
