import { stream, type Mutant } from '../mutant.ts';

/** How a trace goes from a call to its mail, and what it never holds. */
export const traces: readonly Mutant[] = [
  {
    promise: 'what a traced record brings about is traced',
    file: stream('task/emissions.ts'),
    find: 'return place === undefined ? record : { ...record, headers: { [traceHeader]: place } };',
    replace: 'return record;',
    test: stream('task/traced.test.ts'),
    name: 'has a span in each processor',
  },
  {
    promise: 'a trace goes on behind a wake',
    file: stream('task/emissions.ts'),
    find: 'trace === undefined || trace === by.trace ? by.trace',
    replace: "trace !== '' ? by.trace",
    test: stream('task/traced.test.ts'),
    name: 'goes on behind a wake',
  },
  {
    promise: 'without a collector no header of a trace is read',
    file: stream('task/tracks.ts'),
    find: 'this.follows ? placeIn(headerOf(raw, traceHeader)) : undefined',
    replace: 'placeIn(headerOf(raw, traceHeader))',
    test: stream('task/traced.test.ts'),
    name: 'where none is followed',
  },
  {
    promise: 'a header that is not sampled is no place of ours',
    file: stream('model/trace.ts'),
    find: 'return read?.sampled === true ?',
    replace: 'return read !== undefined ?',
    test: stream('model/trace.test.ts'),
    name: 'is none of ours',
  },
  {
    promise: 'a caller cannot have its calls traced',
    file: 'libs/platform/tracing.ts',
    find: 'if (Math.random() >= ratio) return undefined;',
    replace: 'if (Math.random() >= ratio && traceparent(header)?.sampled !== true) return undefined;',
    test: 'libs/platform/tracing.test.ts',
    name: 'chance alone decides',
  },
  {
    promise: 'spans hold no address',
    file: 'libs/platform/tracing.ts',
    find: "[key, typeof value === 'string' ? withoutPersonal(value) : value]",
    replace: '[key, value]',
    test: 'libs/platform/tracing.test.ts',
    name: 'without an address',
  },
];
