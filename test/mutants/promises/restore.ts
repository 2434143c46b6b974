import { stream, type Mutant } from '../mutant.ts';

const delivery = (file: string): string => `services/delivery/${file}`;

/** What holds when a database goes back (a backup, a standby that was behind) and an operator resumes. */
export const restore: readonly Mutant[] = [
  {
    promise: 'what is on the log already is not published again',
    file: stream('task.ts'),
    find: 'all.filter((one) => !published.has(one))',
    replace: 'all.filter((one) => !published.has(one) || true)',
    test: stream('restore.test.ts'),
    name: 'went back, resumed',
  },
  {
    promise: 'a topic made anew is read from its first record',
    file: stream('range-alarm.ts'),
    find: 'cursor > end ? Math.min(Math.max(since, start), end)',
    replace: 'cursor > end ? end',
    test: stream('restore.test.ts'),
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
