import type { Mutant } from '../mutant.ts';

const rows = 'apps/cli/export/rows.ts';
const rowsTest = 'apps/cli/export/rows.test.ts';
const formats = 'apps/cli/export/formats.test.ts';

/** What data teams are promised of exported topics. */
export const data: readonly Mutant[] = [
  {
    promise: 'a record that lies on the topic twice is exported once',
    file: rows,
    find: "if (!this.isNew(partition, record)) return { left: 'repeat' };",
    replace: '',
    test: rowsTest,
    name: 'however often',
  },
  {
    promise: 'a dead letter is exported although it carries the number of another record',
    file: rows,
    find: 'isLetters(contract) ? () => true : once()',
    replace: 'once()',
    test: rowsTest,
    name: 'the number of another record',
  },
  {
    promise: 'an export holds no secret of a record',
    file: rows,
    find: 'safeParse(this.hide(value))',
    replace: 'safeParse(value)',
    test: rowsTest,
    name: 'without what is secret',
  },
  {
    promise: 'a record that does not fit is no row',
    file: rows,
    find: 'if (!checked.success)',
    replace: 'if (!checked.success && this.span === undefined)',
    test: rowsTest,
    name: 'does not fit its contract',
  },
  {
    promise: 'no cell that people wrote begins like a formula',
    file: 'apps/cli/export/csv.ts',
    find: '!isNumber && startsFormula.test(text)',
    replace: "!isNumber && text.startsWith('=')",
    test: formats,
    name: 'begins like a formula',
  },
  {
    promise: 'dropping one apostrophe gives the exact text',
    file: 'apps/cli/export/csv.ts',
    find: "\\n'＝",
    replace: '\\n＝',
    test: formats,
    name: 'as CSV',
  },
  {
    promise: 'an export of any topic holds a bounded part of it',
    file: 'apps/cli/export/parquet.ts',
    find: 'rows >= groupRows || bytes >= groupBytes',
    replace: 'rows >= groupRows * 1e6',
    test: formats,
    name: 'parquet holds a bounded part',
  },
  {
    promise: 'a field named like one of Object.prototype is no value',
    file: 'libs/reference/columns.ts',
    find: 'Object.hasOwn(value, name)',
    replace: 'name in value',
    test: 'libs/reference/columns.test.ts',
    name: 'Object.prototype',
  },
];
