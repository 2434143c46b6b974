import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Sql } from '#stream';
import { PostgresStore } from '#stream/runtime';
import { applyEffects } from './mails/apply.ts';
import { claim } from './mails/claim.ts';
import { hashOf } from './mails/hash-of.ts';
import { mark } from './mails/marker.ts';
import { settleMails } from './mails/settle.ts';
import { newMail, pool } from './testing/sender-fixture.ts';
import { testHash } from './testing/sender.ts';

const twoKeys = hashOf({ HITO_SIGNING_KEY: 'a new key of this year and long, a key for tests that is long enough' });
const [earlier, atHand] = [2_000, 20];
const direct: Sql = { query: (text, values) => pool.query(text, values === undefined ? [] : [...values]) };

/** Rows of `mail` that the transaction has read by now, whether it needed them or not. */
async function read(sql: Sql): Promise<number> {
  const { rows } = await sql.query(
    `select seq_tup_read + idx_tup_fetch as n from pg_stat_xact_user_tables where relname = 'mail' and schemaname = current_schema()`,
  );
  return Number(rows[0]?.['n']);
}

test.each([
  ['one key', testHash],
  ['two keys', twoKeys],
])('a mail reads no more rows where thousands were sent before it, by %s', async (_, hash) => {
  const mails = (n: number) => Array.from({ length: n }, () => newMail());
  await applyEffects(direct, 0, mails(earlier), hash);
  await pool.query(`update mail set state = 'accepted', counted_as = 'accepted'`);
  await pool.query(`update task set owner_epoch = 1, txn = 0 where processor = 'sender' and partition = 0`);
  const store = new PostgresStore(String(pool.options.connectionString), pino({ level: 'silent' }));
  try {
    const { result } = await store.workers<number[]>('sender', [{ partition: 0, epoch: 1, txn: 0, outSeq: 0 }], async (sql) => {
      await applyEffects(sql, 0, mails(atHand), hash);
      const asked = await read(sql);
      const { result: claimed } = await claim(sql, {
        partitions: [0],
        limit: atHand,
        leaseMs: 30_000,
        open: { smtp: true, inbox: false },
        hasInbox: false,
        categories: new Map(),
        hash,
      });
      const byClaim = await read(sql);
      await mark(
        sql,
        claimed.map((mail) => ({ mail, bytes: Buffer.from('x'), messageId: `<${mail.id}@hito.example>` })),
      );
      const byMarker = await read(sql);
      const accepted = { state: 'accepted', answered: true } as const;
      const settled = await settleMails(
        sql,
        claimed.map((mail) => ({ mail, settlement: accepted })),
        () => true,
      );
      expect(settled).toHaveLength(atHand);
      return { result: [asked, byClaim - asked, byMarker - byClaim, (await read(sql)) - byMarker], works: new Map() };
    });
    for (const rows of result) expect(rows).toBeLessThanOrEqual(4 * atHand);
  } finally {
    await store.close();
  }
});
