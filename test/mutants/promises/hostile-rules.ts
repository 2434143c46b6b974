import type { Mutant } from '../mutant.ts';

/** Promises about input from outside that rules, conditions and calendars meet. */
export const hostileRules: readonly Mutant[] = [
  {
    promise: 'a zone is one whose dates can be computed',
    file: 'libs/facts/zone.ts',
    find: 'return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;',
    replace: "return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;",
    test: 'libs/facts/zone.test.ts',
  },
  {
    promise: 'a key from outside finds nothing that every object has',
    file: 'libs/facts/dictionary.ts',
    find: 'Object.hasOwn(record, key) ? record[key] : undefined',
    replace: 'record[key]',
    test: 'services/milestones/domain/milestones.test.ts',
  },
  {
    promise: 'what comes from a broken clock counts as of its arrival',
    file: 'libs/facts/moment.ts',
    find: 'claimed >= oldestMoment ? Math.min(claimed, at) : at',
    replace: 'Math.min(claimed, at)',
    test: 'services/orchestration/domain/decide.test.ts',
    name: 'counts as of its arrival',
  },
  {
    promise: 'a pattern of a condition takes linear time',
    file: 'libs/playbook/conditions/pattern.ts',
    find: 'return regex.test(text);',
    replace: 'return new RegExp(source).test(text);',
    test: 'libs/playbook/conditions/hostile.test.ts',
    name: 'the pattern',
  },
  {
    promise: 'the work of a condition is bounded',
    file: 'libs/playbook/conditions/run.ts',
    find: '  if (run.work < 0) throw costly;',
    replace: '',
    test: 'libs/playbook/conditions/hostile.test.ts',
    name: 'slow',
  },
  {
    promise: 'a condition finds no inherited names',
    file: 'libs/playbook/conditions/compile.ts',
    find: "typeof key === 'string' && Object.hasOwn(value, key) ? value[key] : undefined",
    replace: "typeof key === 'string' ? value[key] : undefined",
    test: 'libs/playbook/conditions/hostile.test.ts',
    name: 'names that every object has',
  },
  {
    promise: 'a text that spells a number is that number in a condition',
    file: 'libs/playbook/conditions/values.ts',
    find: "typeof value === 'string' ? numberOf(value) : undefined",
    replace: 'undefined',
    test: 'libs/playbook/conditions/condition.test.ts',
    name: 'as a sum would read it',
  },
  {
    promise: 'a condition that compares a number with words is refused',
    file: 'libs/playbook/conditions/kinds.ts',
    find: "typeof part.args === 'string' && !isoDate.test(part.args)",
    replace: "typeof part.args === 'object' && !isoDate.test(sourceOf(part))",
    test: 'libs/playbook/conditions/kinds.test.ts',
  },
];
