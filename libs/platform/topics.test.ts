import { describe, expect, test } from '@jest/globals';
import { contracts } from '#contracts';
import { topicSpecs } from './topics.ts';

const specs = topicSpecs(contracts, 'shop', 7);
const spec = (topic: string) => specs.find((s) => s.topic === topic);

describe('topic specs', () => {
  test('every contract has its topic, all with the same number of partitions', () => {
    expect(specs.map((s) => s.topic).sort()).toEqual(contracts.map((c) => `shop.${c.name}`).sort());
    expect(new Set(specs.map((s) => s.partitions))).toEqual(new Set([7]));
  });

  test.each([
    ['shop.events.v1', { 'compression.type': 'producer', 'cleanup.policy': 'delete', 'retention.ms': '-1' }],
    [
      'shop.identified.v1',
      { 'compression.type': 'producer', 'cleanup.policy': 'delete', 'retention.ms': String(7 * 86_400_000) },
    ],
    [
      'shop.profiles.v1',
      {
        'compression.type': 'producer',
        'cleanup.policy': 'compact',
        'retention.ms': '-1',
        'min.compaction.lag.ms': '9223372036854775807',
      },
    ],
    [
      'shop.delivery.dead-letters.v1',
      {
        'compression.type': 'producer',
        'cleanup.policy': 'delete',
        'retention.ms': String(90 * 86_400_000),
        'max.message.bytes': '2097152',
      },
    ],
  ])('%s', (topic, config) => {
    expect(spec(topic)?.config).toEqual(config);
  });

  test('copies are left to the broker unless told', () => {
    expect(spec('shop.events.v1')?.replication).toBe(-1);
    expect(topicSpecs(contracts, 'shop', 7, 3)[0]?.replication).toBe(3);
  });
});
