import { afterEach, expect, test } from '@jest/globals';
import { until } from '#testing';
import { pool, smtp, startSender } from '../../services/delivery/testing/sender-fixture.ts';
import { Loop } from './loop.ts';

let loop: Loop;
afterEach(async () => {
  await loop.stop();
});

/** Waits until no mail is on its way. */
const settled = (): Promise<void> =>
  until(async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::int as n from mail where state in ('pending', 'claimed', 'data')`,
    );
    return rows[0]?.n === 0;
  });
const identify = (userId: string, email: string) => ({ type: 'identify', userId, traits: { email } });
const wants = (userId: string) => ({ type: 'track', userId, event: 'News Wanted' });
const said = (userId: string): string[] =>
  loop.decisions(userId).map(({ decision, reason, at }) => `${decision} ${reason} ${at.slice(0, 16)}`);

test('two user ids with one mailbox get one mail a day, and an opt-out of one silences both', async () => {
  // Time is what the clock records say: no mail of these days is too late today.
  await pool.query(`update task set clock = 'driven'`);
  loop = await Loop.start(pool);
  await loop.call('2026-06-01T10:00:00.000Z', identify('web', 't05@one.example'), identify('app', 'T05@One.example'));
  await loop.call('2026-06-01T10:01:00.000Z', wants('web'), wants('app'));
  await loop.reach('2026-06-01T10:02:00.000Z');
  await Promise.all([startSender(0), startSender(1)]);
  await settled();
  expect(smtp.taken).toHaveLength(1);

  await loop.feedBack();
  await loop.reach('2026-06-02T09:01:00.000Z');
  await settled();
  expect(smtp.taken).toHaveLength(2);
  const both = [said('web'), said('app')];
  expect(both.toSorted((a, b) => a.length - b.length)).toEqual([
    ['sent due 2026-06-01T10:01'],
    ['sent due 2026-06-01T10:01', expect.stringMatching(/^deferred mailbox_daily 2026-06-01T10:0/), 'sent due 2026-06-02T09:00'],
  ]);
  const ids = ['web', 'app'].flatMap((user) => loop.decisions(user).map(({ id }) => id));
  expect(new Set(ids).size).toBe(4);

  const [first] = loop.decisions('web').filter(({ decision }) => decision === 'sent');
  await loop.unsubscribe('web', first!.id, '2026-06-02T10:00:00.000Z');
  // What a site tells of another id is no word of the mailbox' owner.
  await loop.call('2026-06-03T09:00:00.000Z', {
    type: 'identify',
    userId: 'app',
    traits: { email: 'T05@One.example', consents: { news: true }, unsubscribed: false },
  });
  await loop.call('2026-06-03T10:00:00.000Z', wants('app'), identify('new', 't05@ONE.example'), wants('new'));
  await loop.reach('2026-06-03T10:01:00.000Z');
  await settled();
  expect(smtp.taken).toHaveLength(2);
  const silent = await pool.query(`select from mail where state = 'suppressed' and reason = 'mailbox_opt_out'`);
  expect(silent.rowCount).toBe(2);

  await loop.call('2026-06-04T10:00:00.000Z', {
    type: 'track',
    userId: 'app',
    event: 'Consent Granted',
    properties: { category: 'news' },
  });
  await loop.call('2026-06-04T10:01:00.000Z', wants('app'), wants('web'));
  await loop.reach('2026-06-04T10:02:00.000Z');
  await settled();
  expect(smtp.taken).toHaveLength(3);
  expect(said('web').at(-1)).toMatch(/^dropped opt_out/);
});
