import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemLine, same } from '../../local/summary/verify/problem.ts';
import type { Summary } from '../../local/summary/summary.ts';
import type { Spec } from '../../local/supervisor/supervisor.ts';
import { decisionLine, decisionsInMemory } from '../shop/in-memory.ts';
import { copyBuild } from './build.ts';
import { wholeHistory, writePartOfHistory } from './history.ts';
import { Injector, type Strike } from './injector.ts';
import type { Scenario } from './scenarios.ts';
import { expected, lastingDisagreements } from './metrics.ts';
import { Patience } from './patience.ts';
import { playbook, System, until } from './system.ts';

export interface Result {
  readonly strikes: readonly Strike[];
  readonly summary: Summary;
  /** The summary as a table. */
  readonly table: string;
  /** What does not hold, one line each, beginning with the name of the check. */
  readonly problems: readonly string[];
  /** Where the logs are: kept where anything does not hold. */
  readonly dir: string;
}

/** Brokers do not take a shorter one by default. */
const sessionMs = 6_000;
const smtpConnections = 4;

/** A system that is prepared and not yet started. */
export interface Begun {
  readonly system: System;
  readonly specs: Spec[];
  /** The file that is replayed. */
  readonly history: string;
  readonly dir: string;
  /** Ends it and deletes what it made, its folder aside. */
  end(): Promise<void>;
}

/** Makes an installation over a part of the history, with two processes per service. */
export async function begun({
  part,
  partitions,
  aheadTicks,
  patches,
}: Pick<Scenario, 'part' | 'partitions' | 'aheadTicks' | 'patches'>): Promise<Begun> {
  const dir = mkdtempSync(join(tmpdir(), 'hito-kill-'));
  chmodSync(dir, 0o755);
  const build = join(dir, 'build');
  copyBuild(build, patches);
  const history = part === 'whole' ? wholeHistory : join(dir, 'history.txt');
  if (part !== 'whole') writePartOfHistory(history, part);
  const system = new System({ dir: join(dir, 'home'), build, history, partitions, sessionMs, smtpConnections, aheadTicks });
  const end = async (): Promise<void> => {
    await system.stop();
    await system.remove();
  };
  try {
    return { system, specs: await system.prepare(), history, dir, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Replays a history with two processes per service while they are killed and frozen, and says what does not hold afterwards. */
export async function run(scenario: Scenario, say: (line: string) => void = () => undefined): Promise<Result> {
  const started = await begun(scenario);
  const { system, dir, history } = started;
  try {
    const { decisions, ...judged } = await strikeAndJudge(started, scenario, say);
    await system.stop();
    const undisturbed = await decisionsInMemory({ history, until, playbook });
    const result = { ...judged, problems: [...judged.problems, ...asUndisturbed(undisturbed, decisions)] };
    if (result.problems.length === 0) rmSync(dir, { recursive: true, force: true });
    return { ...result, dir };
  } finally {
    await started.end();
  }
}

async function strikeAndJudge(
  { system, specs }: Begun,
  { faults, stillMs, limitMs, metricsMs }: Scenario,
  say: (line: string) => void,
): Promise<Omit<Result, 'dir'> & { readonly decisions: readonly string[] }> {
  const injector = new Injector(system, faults, sessionMs, say);
  await system.start(specs);
  say('all processes are ready; the replay begins');
  const patience = new Patience(stillMs, limitMs);
  const { signal } = patience;
  injector.begin();
  const finished = await system.replay(patience).then(
    () => true,
    (error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    },
  );
  say(finished ? 'the replay is through' : 'the replay is given up');
  const found = finished ? [] : [`the replay: expected to come through, found ${await system.standsAt()}`];
  const { summary, table, failures, stuck, evidence } = await system.summary(patience);
  patience.end();
  await injector.end();
  const metrics = await lastingDisagreements(system.instances, expected(summary), metricsMs);
  const { strikes, unexpected, left } = injector;
  return {
    strikes,
    summary,
    table,
    decisions: evidence.topics.decisions.map(decisionLine),
    problems: [
      ...found,
      ...(stuck === undefined ? [] : [`the end: expected to be reached, still waiting: ${stuck}`]),
      ...failures,
      ...doubts(summary, strikes),
      ...metrics,
      ...unexpected.map((what) => `unexpected ends: expected none, found ${what}`),
      ...left.map((what) => `faults: expected all to strike, found left over ${what}`),
    ],
  };
}

/** Kills and freezes change no decision: id, person, decision, reason and instant are those of a replay that nothing disturbed. */
const asUndisturbed = (undisturbed: readonly string[], decisions: readonly string[]): string[] =>
  same('decisions of an undisturbed replay', undisturbed, decisions).map(problemLine);

/** A fault leaves in doubt at most what was on the wire. */
function doubts({ mails }: Summary, strikes: readonly Strike[]): string[] {
  const most = strikes.length * smtpConnections;
  return mails.in_doubt <= most
    ? []
    : [`mails in doubt: expected at most ${String(most)} (faults × SMTP connections), found ${String(mails.in_doubt)}`];
}
