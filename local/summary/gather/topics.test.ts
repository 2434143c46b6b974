import { expect, test } from '@jest/globals';
import { collected, deadLetters, milestones, personId, topicOf, type Contract } from '#contracts';
import { clockRecord, seqHeader, seqText, watermarkRecord } from '#stream';
import { MemoryLog } from '#testing';
import { topicEvidence } from './topics.ts';

const prefix = 'hito';
const at = '2026-01-01T12:00:00.000Z';
const person = personId('7');
const id = '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e';

const call = {
  id,
  source: 'replay',
  message_id: 'order-1',
  type: 'track',
  user_id: '7',
  event: 'Order Completed',
  occurred_at: at,
  at,
};
const reached = {
  id,
  person_id: person,
  at,
  cause: { id },
  milestone: 'orders-1',
  kind: 'count',
  nature: 'behaviour',
  occurrence: '1',
  significance: 'major',
  occurred_at: at,
  value: 1,
  threshold: 1,
  aggregates: { count: 1 },
  rule: { id: 'orders-1', version: 'v' },
};
const numbered = (origin: string, seq: number) => ({ [seqHeader]: seqText(origin, 1, seq) });
const letter = (offset: number, processor = 'identity', more = {}) => ({
  ...more,
  'hito-dl-processor': processor,
  'hito-dl-topic': 'collected.v1',
  'hito-dl-partition': '0',
  'hito-dl-offset': String(offset),
  'hito-dl-reason': 'no user',
  'hito-dl-attempts': '1',
});

async function told(
  ...records: readonly (readonly [contract: Contract, value: object | string, headers?: Record<string, string>])[]
) {
  const log = new MemoryLog(2);
  await log.produce(
    records.map(([contract, value, headers = {}]) => ({
      topic: topicOf(prefix, contract),
      partition: 1,
      key: 'key',
      value: typeof value === 'string' ? value : JSON.stringify(value),
      headers,
    })),
  );
  return topicEvidence({ log, prefix });
}

const clock = (instant: string): readonly [Contract, string, Record<string, string>] => {
  const { value, headers } = clockRecord({ clock: 'driven', at: Date.parse(instant) });
  return [collected, value, headers];
};

test('calls are counted once, with clock records aside, which tell the virtual time', async () => {
  const evidence = await told(
    clock('2026-01-01T00:00:00Z'),
    [collected, call, numbered('replayer', 2)],
    [collected, call, numbered('replayer', 3)],
    [collected, call, numbered('replayer', 2)],
    [collected, call],
    clock('2026-01-02T00:00:00Z'),
  );
  expect(evidence.collected).toBe(3);
  expect(evidence.clock).toEqual({ from: Date.parse('2026-01-01T00:00:00Z'), to: Date.parse('2026-01-02T00:00:00Z') });
});

test('messages are read through their contract, without repeats and watermarks', async () => {
  const mark = watermarkRecord({ origin: 'milestones/1', at: 0, clock: 'driven' });
  const evidence = await told(
    [milestones, reached, numbered('milestones/1', 9)],
    [milestones, mark.value, mark.headers],
    [milestones, reached, numbered('milestones/1', 9)],
  );
  expect(evidence.milestones).toEqual([{ person, milestone: 'orders-1', occurrence: '1', at: Date.parse(at), date: undefined }]);
});

test('a record that does not fit its contract is named', async () => {
  await expect(told([milestones, { ...reached, value: 'one' }])).rejects.toThrow(
    /hito\.milestones\.v1 has 1 records that do not fit .*offset 0: value/,
  );
});

test('dead letters are told apart by the place they came from, whatever number they carry; those of the edge are all kept', async () => {
  const dead = deadLetters('ingestion');
  const evidence = await told(
    [dead, {}, letter(5, 'identity', numbered('replayer', 9))],
    [dead, {}, letter(4, 'identity', numbered('replayer', 8))],
    [dead, {}, letter(5, 'identity', numbered('replayer', 9))],
    [dead, {}, letter(-1, 'collect')],
    [dead, {}, letter(-1, 'collect')],
  );
  expect(evidence.deadLetters.map(({ processor }) => processor).sort()).toEqual(['collect', 'collect', 'identity', 'identity']);
});
