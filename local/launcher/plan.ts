import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadPlaybook, PlaybookError } from '#playbook';
import { root } from '../root.ts';
import { yesterday, type Flags } from './flags.ts';
import { historyFacts, sameHistory, type HistoryFacts } from './history-facts.ts';
import type { Facts } from './memory.ts';
import { Problem } from './problem.ts';

/** What this start will do, checked against what was begun earlier, before anything is started. */
export interface Plan {
  readonly playbook: string;
  readonly replay: { readonly history: HistoryFacts; readonly until: string; readonly done: boolean } | undefined;
}

const here = (file: string): string => resolve(process.env['INIT_CWD'] ?? process.cwd(), file);

/** Throws Problem: a broken playbook or history (file, line, what was expected), a missing one, another history or date than was begun. */
export function planOf(flags: Flags, facts: Facts, now: number): Plan {
  const playbook =
    flags.playbook === undefined ? (facts.playbook ?? join(root, 'examples', 'shop', 'playbook.yaml')) : here(flags.playbook);
  checkPlaybook(playbook);
  if (!flags.replay) {
    if (facts.replayStartedAt !== undefined && !facts.replayDone)
      throw new Problem('A replay was begun and is not done. Leave --no-replay out to carry on, or start anew with --fresh.');
    return { playbook, replay: undefined };
  }
  if (facts.live && facts.replayStartedAt === undefined) {
    refuseFlags(flags, 'This installation is live and had no replay; time does not go back.');
    return { playbook, replay: undefined };
  }

  const history =
    flags.history === undefined
      ? (facts.history?.file ?? join(root, 'examples', 'cdnow', 'cdnow_sample.txt'))
      : here(flags.history);
  if (facts.replayDone && flags.history === undefined)
    return {
      playbook,
      replay: { history: facts.history ?? { file: history, sha256: '' }, until: sameDay(flags, facts), done: true },
    };
  if (!existsSync(history))
    throw new Problem(`The history ${history} does not exist. Name a file by --history FILE, or start with --no-replay.`);
  const found = historyFacts(history);
  if (facts.replayStartedAt !== undefined && facts.history !== undefined) sameHistory(facts.history, found);
  return {
    playbook,
    replay: { history: found, until: sameDay(flags, facts) || (flags.until ?? yesterday(now)), done: facts.replayDone },
  };
}

/** The remembered day; throws when the flag names another one. Empty when none is remembered. */
function sameDay(flags: Flags, facts: Facts): string {
  if (facts.replayStartedAt === undefined) return '';
  if (flags.until !== undefined && facts.until !== flags.until)
    throw new Problem(
      `The replay of this installation ends on ${String(facts.until)}, not on ${flags.until}. Leave --until out to carry on, or start anew with --fresh.`,
    );
  return facts.until ?? '';
}

function refuseFlags({ history, until }: Flags, why: string): void {
  if (history !== undefined || until !== undefined) throw new Problem(`${why} Start anew with --fresh to replay a history.`);
}

function checkPlaybook(file: string): void {
  if (!existsSync(file))
    throw new Problem(`The playbook ${file} does not exist. Name one by --playbook FILE, or leave it out for the example.`);
  try {
    loadPlaybook(file);
  } catch (error) {
    if (error instanceof PlaybookError) throw new Problem(`The playbook cannot be used:\n${error.message}`);
    throw error;
  }
}
