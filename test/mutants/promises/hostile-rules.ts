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
];
