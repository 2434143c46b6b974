import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract, derived, instant, personId } from '#contracts';
import { MemoryLog, topology } from '#testing';
import {
  controlHeader,
  emit,
  placeBelow,
  placeIn,
  placeText,
  processor,
  seqHeader,
  seqText,
  traceHeader,
  type Emission,
  type Message,
  type Span,
} from '#stream';

const calls = contract(
  'calls.v1',
  z.object({ id: z.string(), at: instant, later: z.boolean().optional(), bad: z.boolean().optional() }),
  {
    retentionMs: -1,
  },
);
const heard = contract('heard.v1', z.object({ ...derived, late: z.boolean() }), {
  writer: { processor: 'listener', rekeyed: false },
  retentionMs: -1,
});
const told = contract('told.v1', z.object({ ...derived }), { writer: { processor: 'teller', rekeyed: false }, retentionMs: -1 });

interface Waiting {
  readonly trace?: string | undefined;
  readonly at?: number | undefined;
}

/** Answers at once, or a minute later. */
const listener = processor({
  service: 'scoring',
  name: 'listener',
  version: 1,
  inputs: [{ contract: calls, kind: 'source' }],
  outputs: [{ contract: heard }],
  decide(state: Waiting | undefined, message: Message<typeof calls>): { state: Waiting; emit?: Emission[]; deadLetter?: string } {
    if (message.kind === 'wake') return { state: {}, emit: [{ ...emit(heard, { late: true }), trace: state?.trace }] };
    if (message.data.bad === true) return { state: {}, deadLetter: 'bad' };
    if (message.data.later === true) return { state: { trace: message.trace, at: message.at + 60_000 } };
    return { state: {}, emit: [emit(heard, { late: false })] };
  },
  wakeAt: ({ at }: Waiting) => at,
});

const teller = processor({
  service: 'stages',
  name: 'teller',
  version: 1,
  inputs: [{ contract: heard, kind: 'ordered' }],
  outputs: [{ contract: told }],
  decide: (state: object | undefined, message: Message<typeof heard>) => ({
    state: state ?? {},
    emit: message.kind === 'wake' ? [] : [emit(told, {})],
  }),
});

const ana = personId('ana');
const begun = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const minute = Date.parse('2026-01-01T00:00:00Z');

/** What is written and which spans end when one call comes in, whose record has this header. */
async function flowOf(call: { readonly later?: boolean; readonly bad?: boolean }, header: string | undefined, follow = true) {
  const spans: Span[] = [];
  const log = new MemoryLog(1);
  const flow = await topology(
    [
      { processor: listener, rules: undefined, rulesVersion: '1' },
      { processor: teller, rules: undefined, rulesVersion: '1' },
    ],
    { log, partitions: 1, ...(follow && { tracer: { ended: (span: Span) => spans.push(span) } }) },
  );
  await flow.log.produce([
    {
      topic: 'test.calls.v1',
      partition: 0,
      key: ana,
      value: JSON.stringify({ id: 'one', at: new Date(minute).toISOString(), ...call }),
      headers: { [seqHeader]: seqText('replayer', 1, 0), ...(header !== undefined && { [traceHeader]: header }) },
    },
  ]);
  await flow.clock(calls, { clock: 'driven', at: minute + 3_600_000 });
  await flow.reached(minute + 3_600_000);
  await flow.stop();
  const headerOf = (topic: string): string | undefined =>
    log.topics.get(`test.${topic}`)?.[0]?.find(({ headers }) => headers[controlHeader] === undefined)?.headers[traceHeader];
  return { spans, headerOf };
}

describe('a traced record', () => {
  test('has a span in each processor, each below the one before', async () => {
    const { spans, headerOf } = await flowOf({}, placeText(begun));
    const first = placeBelow(begun, 'listener/calls.v1/0/0');
    expect(headerOf('heard.v1')).toBe(placeText(first));
    const second = placeIn(headerOf('told.v1'));
    expect(spans).toEqual([
      expect.objectContaining({ name: 'listener calls.v1', place: first, parent: begun.spanId, personId: ana }),
      expect.objectContaining({ name: 'teller heard.v1', place: second, parent: first.spanId }),
    ]);
    for (const { startedAt, endedAt } of spans) expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  });

  test('goes on behind a wake, where its place was kept', async () => {
    const { spans, headerOf } = await flowOf({ later: true }, placeText(begun));
    expect(spans.map(({ name }) => name)).toEqual(['listener calls.v1', 'listener wake', 'teller heard.v1']);
    expect(spans.map(({ parent }) => parent)).toEqual([begun.spanId, spans[0]?.place.spanId, spans[1]?.place.spanId]);
    expect(headerOf('heard.v1')).toBe(placeText(spans[1]?.place ?? begun));
  });

  test('that is refused has a span that says so, and its dead letter keeps the trace', async () => {
    const { spans, headerOf } = await flowOf({ bad: true }, placeText(begun));
    expect(spans).toEqual([expect.objectContaining({ name: 'listener calls.v1', failed: 'refused' })]);
    expect(headerOf('scoring.dead-letters.v1')).toBe(placeText(begun));
  });

  test('leaves no trace where none is followed', async () => {
    const { spans, headerOf } = await flowOf({}, placeText(begun), false);
    expect(spans).toEqual([]);
    expect(headerOf('heard.v1')).toBeUndefined();
  });
});

test('a record without a trace, or with a header that is none, gets none', async () => {
  for (const header of [undefined, 'what', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00']) {
    const { spans, headerOf } = await flowOf({ later: true }, header);
    expect(spans).toEqual([]);
    expect(headerOf('heard.v1')).toBeUndefined();
  }
});
