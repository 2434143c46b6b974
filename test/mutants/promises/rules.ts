import { stream, type Mutant } from '../mutant.ts';

const test = stream('task/rules.test.ts');

/** Rules that change while tasks run. */
export const rules: readonly Mutant[] = [
  {
    promise: 'driven, nothing from after a change of the rules is taken with what comes before it',
    file: stream('input/plan.ts'),
    find: 'const until = Math.min(options.rulesUntil,',
    replace: 'const until = Math.min(Infinity,',
    test,
    name: 'decide just',
  },
  {
    promise: 'live, time does not pass what is known of the rules',
    file: stream('input/plan.ts'),
    find: "clockOf(timed) === 'live' ? options.rulesKnownUntil : Infinity",
    replace: 'Infinity',
    test,
    name: 'hold time back',
  },
  {
    promise: 'a later announcement takes the place of one that has not taken effect',
    file: stream('input/broadcast.ts'),
    find: '>= effective && this.versions.length > 1) this.versions.pop();',
    replace: '>= effective && this.versions.length > 9) this.versions.pop();',
    test,
    name: 'a later one takes its place',
  },
  {
    promise: 'a version takes effect a lead after it was announced',
    file: stream('input/broadcast.ts'),
    find: 'record.timestamp ?? 0) + leadMs',
    replace: 'record.timestamp ?? 0) + leadMs * 0',
    test,
    name: 'a lead after',
  },
  {
    promise: 'driven, all timers are set before time goes on under other rules',
    file: stream('task/ownership.ts'),
    find: '    this.rules = now;\n    this.retiming = ',
    replace: "    this.rules = now;\n    if (this.clock === 'live') this.retiming = ",
    test,
    name: 'decide just',
  },
  {
    promise: 'driven, timers are set anew in one go',
    file: stream('task/task.ts'),
    find: "if (owned.retiming !== undefined && owned.clock !== 'live') continue;",
    replace: '',
    test,
    name: 'decide just',
  },
  {
    promise: 'live, people do not wait for the timers of others',
    file: stream('task/task.ts'),
    find: "if (owned.retiming !== undefined && owned.clock !== 'live') continue;",
    replace: 'if (owned.retiming !== undefined) continue;',
    test,
    name: 'while people go on',
  },
  {
    promise: 'a timer that other rules have set is computed before the next record',
    file: stream('task/ledger.ts'),
    find: 'if (!retiming && loaded !== undefined',
    replace: 'if (loaded !== undefined',
    test,
    name: 'not been set anew yet',
  },
  {
    promise: 'what is known of a state hears of its new timer',
    file: stream('task/ownership.ts'),
    find: '    due.written(states.map(({ wakeAt }) => wakeAt));',
    replace: '    void due;',
    test,
    name: 'nobody does anything',
  },
];
