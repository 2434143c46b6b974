import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services } from '#contracts';
import { endOfHistory, untilSettled } from '../../../local/launcher/end-of-history.ts';
import { brokerOptions } from '../../../local/launcher/kafka-client.ts';
import { summarize } from '../../../local/launcher/summarize.ts';
import { addresses, Composition } from '../composition.ts';
import { docker } from '../docker.ts';
import { restrictions } from '../restrictions.ts';
import type { Trial } from '../trial.ts';

/** How many mails are sent hangs on where months begin: the figures belong to this day. */
const until = '2026-11-21';
/** For a machine that does much else meanwhile. */
const settleWithinMs = 1_800_000;
/** Counted by another program (local/summary/cdnow.test.ts). */
const known = { persons: 2_357, candidates: 10_051, sent: 9_983, 'mails in the inbox': 9_983, 'distinct message ids': 9_983 };

/** Six containers of services and the inbox replay the example, and its summary is the known one, line by line. */
export const replay: Trial = {
  name: 'replay',
  async run(say) {
    const composition = new Composition(['replay.yml'], { HITO_UNTIL: until });
    const dir = mkdtempSync(join(tmpdir(), 'hito-containers-'));
    await composition.down({ volumes: true });
    try {
      say(`up in ${(await composition.up([...services, 'inbox'])).toFixed(1)} s`);
      const restricted = await restrictions(composition, [...services, 'inbox']);
      const started = Date.now();
      await composition.compose('run', '--rm', '-T', 'replay');
      const adminUrl = await composition.adminUrl();
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
      const found = {
        persons: summary.persons,
        candidates: summary.decisions.candidates,
        sent: summary.decisions.sent,
        'mails in the inbox': summary.mails.in_inbox,
        'distinct message ids': summary.mails.distinct_message_ids,
      };
      const others = Object.entries(known)
        .filter(([name, count]) => found[name as keyof typeof found] !== count)
        .map(([name, count]) => `${name}: ${String(found[name as keyof typeof found])}, expected ${String(count)}`);
      return [...restricted, ...others, ...failures];
    } finally {
      await composition.down({ volumes: true });
      rmSync(dir, { recursive: true });
    }
  },
};
