import { expect, test } from '@jest/globals';
import { messages } from '#contracts';
import type { Message } from '#stream';
import { orchestrationProcessor } from './orchestration.processor.ts';
import { milestone, profile, rulesWith } from './testing/given.ts';

const rules = rulesWith();
const keyed = (input: object): Message => ({ key: 'anna', ...input }) as Message;

test('zones come before what they date, outcomes carry no time, one topic goes out', () => {
  expect(orchestrationProcessor.inputs.map(({ contract, kind }) => `${contract.name} ${kind}`)).toEqual([
    'profiles.v1 ordered',
    'events.v1 ordered',
    'scores.v1 ordered',
    'stages.v1 ordered',
    'milestones.v1 ordered',
    'outcomes.v1 feedback',
  ]);
  expect(orchestrationProcessor.outputs).toEqual([{ contract: messages }]);
});

test('a milestone waits for the wake of its own instant, which publishes the decision', () => {
  const { decide, wakeAt } = orchestrationProcessor;
  const known = decide(undefined, keyed(profile('2026-06-01T08:00:00.000Z')), rules);
  const arrived = decide(known.state, keyed(milestone('2026-06-02T10:00:00.000Z', 'orders-1')), rules);
  expect(arrived.emit).toEqual([]);
  expect(arrived.tally).toEqual({ candidates: 1, open: 1 });
  const named = wakeAt?.(arrived.state!, rules);
  expect(named).toBe(Date.parse('2026-06-02T10:00:00.000Z'));
  const decided = decide(arrived.state, { kind: 'wake', key: 'anna', id: 'w', named: named!, at: named! }, rules);
  expect(decided.emit).toMatchObject([{ contract: { name: 'messages.v1' }, data: { decision: 'sent', replayed: false } }]);
  expect(decided.tally).toEqual({ 'decision.sent': 1, open: -1 });
  expect(wakeAt?.(decided.state!, rules)).toBeUndefined();
});
