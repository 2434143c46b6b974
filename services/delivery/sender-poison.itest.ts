import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SenderOptions } from './sending/options.ts';
import { senderOptions } from './testing/sender.ts';
import { ask, expectTallies, newMail, outcomesOf, pool, row, smtp, startSender, until } from './testing/sender-fixture.ts';

/** A database that refuses what a mail's row would become: as it refuses a value, for one row and at one step. */
beforeAll(async () => {
  await pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin
      if new.template = 'refused at ' || new.state and old.state <> new.state or new.reply like '%unspeakable%' then
        raise exception using errcode = '22P05', message = 'unsupported Unicode escape sequence';
      end if;
      return new;
    end $$;
    create trigger refuse before update on mail for each row execute function refuse();`);
});

describe('one mail that cannot be made', () => {
  test('fails alone, with its reason and without its variables, and the mails of all partitions go on', async () => {
    const bad = newMail({ template: 'broken', variables: { link: { $sealed: 'AgEx' } } });
    const good = Array.from({ length: 11 }, () => newMail());
    await ask(0, ...good.slice(0, 4), bad, ...good.slice(4, 8));
    await ask(1, ...good.slice(8));
    const { compose } = senderOptions({ smtp: smtp.url });
    const throwing: SenderOptions['compose'] = (mail) => {
      if (mail.template === 'broken') throw new TypeError(`no such filter${'!'.repeat(2_000)}\ud83d`);
      return compose(mail);
    };
    const from = smtp.lines.length;
    await startSender(0, { compose: throwing });
    await startSender(1, { compose: throwing });
    await Promise.all(good.map((mail) => until(mail, 'accepted')));
    const failed = await until(bad, 'failed');
    expect(String(failed['reason'])).toMatch(/^render: no such filter!+/);
    expect(String(failed['reason']).length).toBeLessThanOrEqual(500);
    expect(failed['variables']).toEqual({});
    expect(smtp.taken.map(({ to }) => to).sort()).toEqual(good.map(({ email }) => email).sort());
    expect(smtp.lines.slice(from).filter((line) => line.includes(bad.email))).toEqual([]);
    expect(await outcomesOf(bad)).toEqual(['failed']);
    await expectTallies();
  });
});

describe('one mail that the database refuses', () => {
  test.each([
    ['claimed', /^unreadable: unsupported Unicode escape sequence$/],
    ['data', /^unrecordable: unsupported Unicode escape sequence$/],
  ])('when it would be %s fails alone, and the mails of all partitions go on', async (state, reason) => {
    const bad = newMail({ template: `refused at ${state}` });
    const good = Array.from({ length: 12 }, () => newMail());
    await ask(0, ...good.slice(0, 4), bad, ...good.slice(4, 8));
    await ask(1, ...good.slice(8));
    await startSender(0);
    await startSender(1);
    await Promise.all(good.map((mail) => until(mail, 'accepted')));
    expect(String((await until(bad, 'failed'))['reason'])).toMatch(reason);
    expect(smtp.taken.map(({ to }) => to).sort()).toEqual(good.map(({ email }) => email).sort());
    expect(await outcomesOf(bad)).toEqual(['failed']);
    await expectTallies();
  });

  test('for the text of its reply is settled without that text', async () => {
    const [bad, good] = [newMail(), newMail()];
    smtp.plan(bad.email, { kind: 'reply', to: 'rcpt', text: '550 5.1.1 unspeakable' });
    await ask(0, bad, good);
    await startSender(0);
    await until(good, 'accepted');
    expect(await until(bad, 'bounced')).toMatchObject({ reason: 'unrecordable', reply: null });
  });
});

describe("a person's state", () => {
  const keep = (personId: string, state: Buffer): Promise<unknown> =>
    pool.query('insert into delivery_state values (0, $1, null, 1, $2)', [personId, state]);

  test('that holds half a surrogate pair keeps nobody from being mailed', async () => {
    const [odd, other] = [newMail(), newMail()];
    await keep(
      odd.personId,
      Buffer.from(JSON.stringify({ email: odd.email, name: 'x\ud83d and \0', consents: {}, mails: [], replayed: false })),
    );
    await ask(0, odd, other);
    await startSender(0);
    await Promise.all([until(odd, 'accepted'), until(other, 'accepted')]);
  });

  test.each([Buffer.from('{"consents":'), Buffer.from([0x7b, 0xff, 0x7d])])(
    'that cannot be read fails the mails of that person only',
    async (state) => {
      const [unreadable, other] = [newMail(), newMail()];
      await keep(unreadable.personId, state);
      await ask(0, unreadable, other);
      await startSender(0);
      await until(other, 'accepted');
      const failed = await until(unreadable, 'failed');
      expect(String(failed['reason'])).toMatch(/^unreadable: /);
      expect(failed['variables']).toEqual({});
      expect((await row(unreadable))['counted_as']).toBe('failed');
    },
  );
});
