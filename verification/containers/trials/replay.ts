import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { services } from '#contracts';
import { endOfHistory, untilSettled } from '../../../local/launcher/end-of-history.ts';
import { brokerOptions } from '../../../local/launcher/kafka-client.ts';
import { summarize } from '../../../local/launcher/summarize.ts';
import { addresses, Composition, lasting } from '../composition.ts';
import { docker } from '../docker.ts';
import { restrictions } from '../restrictions.ts';
import type { Trial } from '../trial.ts';

/** How many mails are sent hangs on where months begin: the figures belong to this day. */
const until = '2026-11-21';
/** For a machine that does much else meanwhile. */
const settleWithinMs = 1_800_000;
/** Counted by another program (local/summary/cdnow.test.ts). */
const known = { persons: 2_357, candidates: 10_051, sent: 9_983 };
/** Between two deaths: the containers have work in hand again. */
const betweenDeathsMs = 10_000;

/** Six containers of services and the inbox replay the example, and its summary is the known one, line by line. */
export const replay: Trial = { name: 'replay', run: replayed(1, () => Promise.resolve([])) };

/**
 * The same while each container dies by SIGKILL, once or more. A mail whose reply died with its container may stay in doubt. The replayer ends
 * where its broker is away, and goes on when it is started again.
 */
export const deadlyReplay: Trial = {
  name: 'deadly-replay',
  run: replayed(100, async (composition, over) => {
    const died: string[] = [];
    while (!over.aborted || died.length < lasting.length) {
      const name = lasting[died.length % lasting.length] ?? '';
      await sleep(betweenDeathsMs);
      const id = await composition.container(name);
      await docker(['kill', '--signal', 'KILL', id]);
      await docker(['start', id]);
      died.push(name);
    }
    return died;
  }),
};

/** `starts`: of the replayer, at most. `meanwhile`: what happens until all events are in; gives the names of the containers that died. */
function replayed(
  starts: number,
  meanwhile: (composition: Composition, over: AbortSignal) => Promise<readonly string[]>,
): Trial['run'] {
  return async (say) => {
    const composition = new Composition(['replay.yml'], { HITO_UNTIL: until });
    const dir = mkdtempSync(join(tmpdir(), 'hito-containers-'));
    await composition.down({ volumes: true });
    try {
      say(`up in ${(await composition.up([...services, 'inbox'])).toFixed(1)} s`);
      const restricted = await restrictions(composition, [...services, 'inbox']);
      const started = Date.now();
      const adminUrl = await composition.adminUrl();
      const over = new AbortController();
      const [died] = await Promise.all([
        meanwhile(composition, over.signal),
        replayer(composition, starts).finally(() => {
          over.abort();
        }),
      ]);
      await untilSettled(adminUrl, 'hito', 4, endOfHistory(until), () => undefined, AbortSignal.timeout(settleWithinMs));
      const wallMs = Date.now() - started;
      await docker(['cp', `${await composition.container('inbox')}:/var/lib/hito`, join(dir, 'inbox')]);
      const { summary, table, failures } = await summarize({
        dir,
        playbook: 'examples/shop/playbook.yaml',
        history: 'examples/cdnow/cdnow_sample.txt',
        until,
        wallMs,
        prefix: 'hito',
        kafka: brokerOptions([addresses.kafka], {}),
        adminUrl,
        inboxDir: join(dir, 'inbox'),
      });
      say(table);
      if (died.length > 0) say(`${String(died.length)} containers were killed meanwhile: ${died.join(', ')}`);
      const found = {
        persons: summary.persons,
        candidates: summary.decisions.candidates,
        sent: summary.decisions.sent,
      };
      const others = Object.entries(known)
        .filter(([name, count]) => found[name as keyof typeof found] !== count)
        .map(([name, count]) => `${name}: ${String(found[name as keyof typeof found])}, expected ${String(count)}`);
      const doubtful = died.length === 0 && summary.mails.in_doubt > 0 ? ['mails are in doubt although nothing died'] : [];
      return [...restricted, ...others, ...doubtful, ...failures];
    } finally {
      await composition.down({ volumes: true });
      rmSync(dir, { recursive: true });
    }
  };
}

/** Runs the replayer until all events are in, started so many times at most. */
async function replayer(composition: Composition, starts: number): Promise<void> {
  for (let start = 1; ; start += 1)
    try {
      await composition.compose('run', '--rm', '-T', 'replay');
      return;
    } catch (error) {
      if (start === starts) throw error;
    }
}
