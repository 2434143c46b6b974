import { withDatabase } from '../../../local/launcher/database.ts';
import { Composition, lasting } from '../composition.ts';
import { docker } from '../docker.ts';
import { askForMail, keyOf, mailsTo, until } from '../person.ts';
import type { Trial } from '../trial.ts';

/** Mails that the sender does not know the end of: it never sends them again. */
const inDoubt = async (adminUrl: string): Promise<readonly string[]> =>
  withDatabase(adminUrl, async (client) => {
    const { rows } = await client.query<{ email: string }>("select email from hito_delivery.mail where state = 'in_doubt'");
    return rows.map(({ email }) => email);
  });

/**
 * Each container dies by SIGKILL in turn while people ask for mail. Everybody gets one mail, and nobody two. A mail whose reply died with
 * its container may stay in doubt instead.
 */
export const deaths: Trial = {
  name: 'deaths',
  async run(say) {
    const composition = new Composition();
    await composition.up(lasting);
    const key = keyOf(await composition.secret('write-keys'));
    const adminUrl = await composition.adminUrl();
    const run = Date.now().toString(36);
    const people: string[] = [];
    for (const name of lasting) {
      const id = await composition.container(name);
      const asking = Promise.all(Array.from({ length: 10 }, (_, n) => askForMail(`${name}-${String(n)}-${run}`, key)));
      await docker(['kill', '--signal', 'KILL', id]);
      await docker(['start', id]);
      people.push(...(await asking));
    }
    const settled = async (): Promise<readonly { email: string; mails: number; doubt: boolean }[]> => {
      const doubtful = await inDoubt(adminUrl);
      return Promise.all(
        people.map(async (email) => ({ email, mails: (await mailsTo(email)).count, doubt: doubtful.includes(email) })),
      );
    };
    await until('everybody has a mail or one in doubt', async () =>
      (await settled()).every(({ mails, doubt }) => mails > 0 || doubt),
    );
    const all = await settled();
    say(
      `${String(lasting.length)} containers killed, ${String(people.length)} people: ${String(all.filter(({ mails }) => mails === 1).length)} have one mail, ${String(all.filter(({ mails }) => mails > 1).length)} have two, ${String(all.filter(({ doubt }) => doubt).length)} are in doubt`,
    );
    return all.filter(({ mails }) => mails > 1).map(({ email, mails }) => `${email} has ${String(mails)} mails`);
  },
};
