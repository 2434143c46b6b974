import { stream, type Mutant } from '../mutant.ts';

const delivery = (file: string): string => `services/delivery/${file}`;

/** What holds when a database goes back (a backup, a standby that was behind) and an operator resumes. */
export const restore: readonly Mutant[] = [
  {
    promise: 'a topic made anew is seen although it has grown past the cursor',
    file: stream('input/range-alarm.ts'),
    find: 'if (later >= 0 && later < cursor) {',
    replace: 'if (later < -1) {',
    test: stream('task/restore.test.ts'),
    name: 'has grown past',
  },
  {
    promise: 'a promotion is seen before the checkpoint that follows it',
    file: stream('postgres/store.ts'),
    find: 'const timeline = "(\'x\' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int";',
    replace: 'const timeline = "(select timeline_id from pg_control_checkpoint())";',
    test: 'verification/drills/promotion.itest.ts',
    name: 'knows of it',
  },
  {
    promise: 'a worker stops on a database that went back',
    file: stream('task/worker-task.ts'),
    find: 'const why = row.confirmed ? undefined : (row.databaseChanged ?? alarm);',
    replace: 'const why = row.confirmed ? undefined : ((row.databaseChanged ?? alarm) && undefined);',
    test: stream('task/worker-alone.itest.ts'),
    name: 'stops on a database',
  },
  {
    promise: 'a worker whose COMMIT was not answered is taken anew at once',
    file: stream('task/worker-task.ts'),
    find: 'const fenced = error instanceof Fenced && !this.unsure;',
    replace: 'const fenced = error instanceof Fenced;',
    test: stream('task/worker-alone.itest.ts'),
    name: 'not answered',
  },
  {
    promise: 'what is on the log already is not published again',
    file: stream('task/ownership.ts'),
    find: 'this.recovery?.published.has(one) !== true',
    replace: 'this.recovery?.published.has(one) !== undefined',
    test: stream('task/restore.test.ts'),
    name: 'went back, resumed',
  },
  {
    promise: 'a topic made anew is read from its first record',
    file: stream('input/range-alarm.ts'),
    find: 'cursor > end || (later >= 0 && later < cursor) ? Math.min(Math.max(since, start), end)',
    replace: 'cursor > end || (later >= 0 && later < cursor) ? end',
    test: stream('task/restore.test.ts'),
    name: 'made anew',
  },
  {
    promise: 'a mail that the topics know of is not sent again',
    file: delivery('sending/sender.ts'),
    find: 'if (session.recovery !== undefined) await learn(',
    replace: 'if ((session.recovery?.since ?? Infinity) < 0 && session.recovery) await learn(',
    test: delivery('restored.itest.ts'),
    name: 'no mail leaves that may have left',
  },
  {
    promise: 'a mail of which no topic says what became is in doubt',
    file: delivery('mails/recovered.ts'),
    find: "and state in ('pending', 'claimed', 'data') returning 1",
    replace: "and state in ('claimed', 'data') returning 1",
    test: delivery('restored.itest.ts'),
    name: 'no mail leaves that may have left',
  },
  {
    promise: 'a decision that is read again begins as what became of its mail',
    file: delivery('mails/apply.ts'),
    find: 'left join recovered_mail r on r.id = m.id',
    replace: 'left join recovered_mail r on r.id = m.id and false',
    test: delivery('restored.itest.ts'),
    name: 'no mail leaves that may have left',
  },
  {
    promise: 'a candidate has one mail that may leave',
    file: delivery('mails/apply.ts'),
    find: "when again then 'suppressed'",
    replace: "when again and false then 'suppressed'",
    test: delivery('restored.itest.ts'),
    name: 'a second decision about a candidate',
  },
];
