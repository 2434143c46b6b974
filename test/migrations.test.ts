import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { laneColumns, operatorColumns, recoveryColumns } from '#stream';
import { root } from '../local/root.ts';

// Version n and n + 1 run side by side, and `helm rollback` brings n back to a schema of n + 1. So a migration only adds. What an older version
// still reads or writes is taken away one release later, by a migration that is named in `contracting` with its reason.

/** Migrations that take away what no version that may still run reads or writes, each with its reason. None yet. */
const contracting: Readonly<Record<string, string>> = {};

interface Step {
  readonly name: string;
  readonly sql: string;
}

/** What an older version, which knows nothing of this migration, would stumble over. */
const breaking: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['takes something away', /\bdrop\s+(?!index\b)\w+/i],
  ['renames', /\brename\b/i],
  ['changes a type', /\balter\s+(column\s+)?\w+\s+(set\s+data\s+)?type\b/i],
  ['asks for a value', /\bset\s+not\s+null\b/i],
  ['deletes rows', /\b(truncate|delete\s+from)\b/i],
  [
    'asks older writers for a value',
    /\badd\s+(column\s+)?(if\s+not\s+exists\s+)?\w+\s+[^,;]*\bnot\s+null\b(?![^,;]*\bdefault\b)(?<!\bdefault\b[^,;]*)/i,
  ],
];

/** A rule that rows of an older version may break, on a table that this migration does not make itself. */
function newRules(sql: string): string[] {
  const made = new Set([...sql.matchAll(/create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)/gi)].map(([, table]) => table));
  const constrained = [...sql.matchAll(/alter\s+table\s+(?:if\s+exists\s+)?(\w+)[^;]*\badd\s+constraint\b/gi)];
  const unique = [...sql.matchAll(/create\s+unique\s+index\s+[^;]*?\bon\s+(\w+)/gi)];
  return [...constrained, ...unique].map(([, table = '']) => table).filter((table) => !made.has(table));
}

const problemsOf = ({ sql }: Step): string[] => [
  ...breaking.filter(([, pattern]) => pattern.test(sql)).map(([what]) => what),
  ...newRules(sql).map((table) => `binds older rows of ${table}`),
];

/** The statements of a migration, as it gives them to the database. */
async function stepOf(file: string): Promise<Step[]> {
  const module = (await import(join(root, file))) as Record<string, unknown>;
  const found: Step[] = [];
  for (const [name, made] of Object.entries(module)) {
    if (typeof made !== 'function' || !('up' in (made.prototype as object))) continue;
    const said: string[] = [];
    const runner = { query: (sql: string) => Promise.resolve(void said.push(sql)) };
    await new (made as new () => { up(runner: unknown): Promise<void> })().up(runner);
    found.push({ name, sql: said.join(';\n') });
  }
  return found;
}

const folders = globSync('services/*/migrations', { cwd: root }).sort();
const instant = ({ name }: Step): string => /\d{13}$/.exec(name)?.[0] ?? '';

describe.each(folders)('%s', (folder) => {
  test('each migration but the first leaves all that an older version reads and writes', async () => {
    const steps = (await Promise.all(globSync(`${folder}/*.ts`, { cwd: root }).sort().map(stepOf))).flat();
    expect(steps.length).toBeGreaterThan(0);
    const later = steps.toSorted((a, b) => instant(a).localeCompare(instant(b))).slice(1);
    for (const step of later)
      if (!(step.name in contracting))
        expect({ migration: step.name, problems: problemsOf(step) }).toEqual({ migration: step.name, problems: [] });
  });
});

test("changes of the runtime's own tables leave all that an older version reads and writes", () => {
  for (const sql of [operatorColumns, recoveryColumns, laneColumns]) expect(problemsOf({ name: '', sql })).toEqual([]);
});

test.each([
  ['alter table mail drop column rank', 'takes something away'],
  ['drop table mail', 'takes something away'],
  ['alter table mail rename column rank to place', 'renames'],
  ['alter table mail alter column rank type bigint', 'changes a type'],
  ['alter table mail alter rank set data type bigint', 'changes a type'],
  ['alter table mail alter column reason set not null', 'asks for a value'],
  ['delete from mail where rank = 0', 'deletes rows'],
  ['alter table mail add column size int not null', 'asks older writers for a value'],
  ['alter table mail add constraint small check (rank < 9)', 'binds older rows of mail'],
  ['create unique index one on mail (candidate)', 'binds older rows of mail'],
])('%s is seen', (sql, problem) => {
  expect(problemsOf({ name: '', sql })).toEqual([problem]);
});

test.each([
  'alter table mail add column if not exists size int',
  'alter table mail add column size int not null default 0',
  'alter table mail add column size int default 0 not null',
  'create table extra (id uuid primary key, name text not null); create unique index one on extra (name)',
  'drop index mail_candidate',
])('%s is left alone', (sql) => {
  expect(problemsOf({ name: '', sql })).toEqual([]);
});
