import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { messages, outcomes, personId, topicOf, type Contract, type DataOf } from '#contracts';
import { seqHeader, seqText, watermarkRecord } from '#stream';
import { topology } from '#testing';
import type { Input } from './domain/input.ts';
import { orchestrationProcessor } from './orchestration.processor.ts';
import { event, milestone, ms, outcome, profile, putBack, rulesWith, stage } from './testing/given.ts';

const begin = ms('2026-02-20T00:00:00.000Z');
const end = ms('2026-05-20T00:00:00.000Z');
const described = [{ processor: orchestrationProcessor, rules: rulesWith(), rulesVersion: '1' }];
const anInstant = fc.integer({ min: 0, max: 60 * 24 }).map((n) => new Date(begin + n * 3_600_000).toISOString());
const happening = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(anInstant, fc.constantFrom('orders-1', 'orders-2', 'spend-1', 'anniversary'), fc.uuid())
      .map(([at, name, id]) => milestone(at, name, { id })),
  },
  { weight: 1, arbitrary: anInstant.map((at) => stage(at, 'active', 'lapsed')) },
);
const word = fc.constantFrom('accepted', 'sent', 'in_doubt', 'bounced', 'failed', 'opened', 'clicked', 'word of tomorrow');

/** Before which record an outcome comes, its own instant (whatever it is), and what it says. */
interface Heard {
  readonly before: number;
  readonly outcome: Input;
}
const heard = fc
  .tuple(fc.nat(20), anInstant, word)
  .map(([before, at, name]): Heard => ({ before, outcome: outcome(at, name, { all: { granted: false, changed_at: at } }) }));

/** Decisions about a life with outcomes heard meanwhile, by the processor in the runtime, as they are published. */
async function decided(life: readonly Input[], feedback: readonly Heard[]): Promise<readonly object[]> {
  const flow = await topology(described, { partitions: 1, portion: () => 3 });
  let seq = 0;
  const say = async (contract: Contract, input: Input): Promise<void> => {
    if (input.kind !== 'record') return;
    const { writer } = contract;
    await flow.log.produce([
      {
        topic: topicOf(flow.prefix, contract),
        partition: 0,
        key: personId('anna'),
        value: JSON.stringify(input.data),
        headers: writer === undefined ? {} : { [seqHeader]: seqText(`${writer.processor}/0`, 1, ++seq) },
      },
    ]);
  };
  const reach = (at: number): Promise<void> =>
    flow.log.produce(
      orchestrationProcessor.inputs.flatMap(({ contract, kind }) =>
        kind === 'ordered'
          ? [
              {
                topic: topicOf(flow.prefix, contract),
                partition: 0,
                ...watermarkRecord({ origin: `${contract.writer?.processor ?? ''}/0`, at, clock: 'driven' }),
              },
            ]
          : [],
      ),
    );
  await reach(begin - 2);
  for (const [n, input] of life.entries()) {
    for (const { outcome: told } of feedback.filter(({ before }) => before === n)) await say(outcomes, told);
    const { contract } = orchestrationProcessor.inputs.find(
      ({ contract: { name } }) => input.kind === 'record' && name === input.topic,
    )!;
    await say(contract, input);
    // What is told later meets wakes that have been, and others that are still to come.
    if (n % 3 === 0) {
      await reach(input.at);
      await flow.reached(input.at);
    }
  }
  for (const { outcome: told } of feedback.filter(({ before }) => before >= life.length)) await say(outcomes, told);
  await reach(end);
  await flow.reached(end);
  await flow.stop();
  expect(flow.log.read('test.orchestration.dead-letters.v1')).toEqual([]);
  return flow.read(messages);
}

const lifeOf = (happenings: readonly Input[]): readonly Input[] => [
  profile(new Date(begin - 1).toISOString()),
  ...happenings.toSorted((a, b) => a.at - b.at),
];

describe('what became of mails', () => {
  test('changes no decision, whenever it is heard: same messages, same ids, same instants, same numbers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 15 }),
        fc.array(heard, { minLength: 1, maxLength: 8 }),
        async (happenings, feedback) => {
          const life = lifeOf(happenings);
          const expected = await decided(life, []);
          expect(expected).not.toEqual([]);
          expect(await decided(life, feedback)).toEqual(expected);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('but a mail that is put back does: its candidate is decided anew, once, though it is told twice', async () => {
    const [before, after] = ['2026-03-01T10:00:00.000Z', '2026-03-20T10:00:00.000Z'].map((at) => milestone(at, 'orders-1'));
    const between = ['2026-03-02T10:00:00.000Z', '2026-03-03T10:00:00.000Z'].map((at) => event(at, 'Page Viewed'));
    const life = lifeOf([before!, ...between, after!]);
    type Told = DataOf<typeof messages>;
    const line = ({ decision, reason, at }: Told): string => `${decision} ${reason} ${at.slice(0, 10)}`;
    const [sent] = (await decided(life, [])) as Told[];
    const told = putBack('2026-03-02T10:00:00.000Z', { ...sent!, at: ms(sent!.at) }, 'mailbox_daily');
    const decisions = (await decided(life, [
      { before: 4, outcome: told },
      { before: 4, outcome: told },
    ])) as Told[];
    expect(decisions.map(line)).toEqual([
      'sent due 2026-03-01',
      'deferred mailbox_daily 2026-03-03',
      'sent due 2026-03-03',
      'sent due 2026-03-20',
    ]);
    expect(new Set(decisions.map(({ id }) => id)).size).toBe(4);
  });

  test('but an unsubscribe does: it is heard', async () => {
    const life = lifeOf(['2026-03-01T10:00:00.000Z', '2026-03-20T10:00:00.000Z'].map((at) => milestone(at, 'orders-1')));
    const at = '2026-03-10T10:00:00.000Z';
    const told = outcome(at, 'unsubscribed', { all: { granted: false, changed_at: at } });
    const decisions = (await decided(life, [{ before: 1, outcome: told }])) as { decision: string; reason: string }[];
    expect(decisions.map(({ decision, reason }) => `${decision} ${reason}`)).toEqual(['dropped opt_out', 'dropped opt_out']);
  });
});
