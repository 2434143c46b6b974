import type { Mutant } from '../mutant.ts';

const itest = 'services/ingestion/sources/sources.itest.ts';
const judge = 'services/ingestion/domain/sources/judge.test.ts';

/** What reading the platform's own topics promises. */
export const sources: readonly Mutant[] = [
  {
    promise: 'what a worker publishes twice on a source is dropped by its place',
    file: 'libs/stream/input-buffer.ts',
    find: 'if (seq !== undefined && !after(seq, (by ?? stream).last)) {',
    replace: 'if (seq !== undefined && by === undefined && !after(seq, stream.last)) {',
    test: 'libs/stream/placed.test.ts',
  },
  {
    promise: "a worker's place is kept with what was taken",
    file: 'libs/stream/stream-buffer.ts',
    find: 'by.taken = { incarnation, seq, at };',
    replace: 'void [by, incarnation, seq];',
    test: 'libs/stream/placed.test.ts',
  },
  {
    promise: 'a record without a time is not dated by its arrival',
    file: 'services/ingestion/domain/sources/mapping.ts',
    find: 'else if (problems.length === 0)',
    replace: 'else if (problems.length < 0)',
    test: judge,
    name: 'is not dated by its arrival',
  },
  {
    promise: 'a record that does not map takes no withdrawal with it',
    file: 'services/ingestion/domain/sources/judge.ts',
    find: 'const withdrawal = rescued(item, arrival, nobody);',
    replace: 'const withdrawal = undefined as ReturnType<typeof rescued>;',
    test: judge,
    name: 'is heard where it withdraws a consent',
  },
  {
    promise: 'a topic that was made anew gives its events other ids',
    file: 'services/ingestion/domain/sources/mapping.ts',
    find: "item['messageId'] = generation === 0 ? placeOf(record) : `${placeOf(record)}#${String(generation)}`;",
    replace: "item['messageId'] = placeOf(record);",
    test: judge,
    name: 'has the same id whenever it is read',
  },
  {
    promise: 'an expression that gives another kind than its place needs is refused at load',
    file: 'libs/playbook/conditions/expression.ts',
    find: 'if (!kinds.has(kind))',
    replace: 'if (kinds.size === 0)',
    test: 'libs/playbook/sources.test.ts',
  },
  {
    promise: 'a frame of LZ4 that says too much of itself is refused',
    file: 'libs/stream/kafka/lz4.ts',
    find: 'if (needed > this.most) throw',
    replace: 'if (needed < 0) throw',
    test: 'libs/stream/kafka/codecs.test.ts',
  },
  {
    promise: "a source's cursor moves in the transaction of what came of its records",
    file: 'services/ingestion/sources/lane.ts',
    find: 'await this.parts.session.transaction(async (sql: Sql) => {\n      await moveCursors(sql, this.place, moves);',
    replace:
      'await this.parts.session.unchecked((sql) => moveCursors(sql, this.place, moves));\n    await this.parts.session.transaction(async () => {\n      await Promise.resolve();',
    test: itest,
    name: 'killed between each two statements',
  },
  {
    promise: 'retention that overtook a reader is an alarm',
    file: 'services/ingestion/domain/sources/range.ts',
    find: 'if (next < start)',
    replace: 'if (next < 0)',
    test: itest,
    name: 'stops a partition',
  },
  {
    promise: 'a topic that was made anew is known by its last record',
    file: 'services/ingestion/domain/sources/range.ts',
    find: 'if (same === false)',
    replace: 'if (start < 0)',
    test: itest,
    name: 'stops a partition',
  },
];
