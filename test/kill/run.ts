import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from '../../deploy/local/summary/summary.ts';
import { copyBuild } from './build.ts';
import { wholeHistory, writePartOfHistory } from './history.ts';
import { Injector, type Strike } from './injector.ts';
import type { Scenario } from './scenarios.ts';
import { System } from './system.ts';

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

/** Replays a history with two processes per service while they are killed and frozen, and says what does not hold afterwards. */
export async function run(scenario: Scenario, say: (line: string) => void = () => undefined): Promise<Result> {
  const { nth, partitions, aheadTicks, patches, patienceMs } = scenario;
  const dir = mkdtempSync(join(tmpdir(), 'hito-kill-'));
  chmodSync(dir, 0o755);
  const build = join(dir, 'build');
  copyBuild(build, patches);
  const history = nth === 1 ? wholeHistory : join(dir, 'history.txt');
  if (nth !== 1) writePartOfHistory(history, nth);
  const system = new System({ dir: join(dir, 'home'), build, history, partitions, sessionMs, smtpConnections, aheadTicks });
  try {
    const result = await strikeAndJudge(system, scenario, AbortSignal.timeout(patienceMs), say);
    await system.stop();
    if (result.problems.length === 0) rmSync(dir, { recursive: true, force: true });
    return { ...result, dir };
  } finally {
    await system.stop();
    await system.remove();
  }
}

async function strikeAndJudge(
  system: System,
  { faults, patienceMs }: Scenario,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Omit<Result, 'dir'>> {
  const specs = await system.prepare();
  const injector = new Injector(system, faults, sessionMs, say);
  await system.start(specs, signal);
  say('all processes are ready; the replay begins');
  injector.begin();
  const finished = await system.replay(signal).then(
    () => true,
    (error: unknown) => {
      if (signal.aborted) return false;
      throw error;
    },
  );
  say(finished ? 'the replay is through' : 'the replay is given up');
  const { summary, table, failures, stuck } = await system.summary(signal);
  await injector.end();
  const { strikes, unexpected, left } = injector;
  return {
    strikes,
    summary,
    table,
    problems: [
      ...(finished
        ? []
        : [`the replay: expected to come through within ${String(patienceMs / 1_000)} s, found at ${system.progress().virtual}`]),
      ...(stuck === undefined ? [] : [`the end: expected to be reached, still waiting: ${stuck}`]),
      ...failures,
      ...doubts(summary, strikes),
      ...unexpected.map((what) => `unexpected ends: expected none, found ${what}`),
      ...left.map((what) => `faults: expected all to strike, found left over ${what}`),
    ],
  };
}

/** A fault leaves in doubt at most what was on the wire. */
function doubts({ mails }: Summary, strikes: readonly Strike[]): string[] {
  const most = strikes.length * smtpConnections;
  return mails.in_doubt <= most
    ? []
    : [`mails in doubt: expected at most ${String(most)} (faults × SMTP connections), found ${String(mails.in_doubt)}`];
}
