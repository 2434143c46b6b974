import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import kafkajs, { type Cluster, type Logger } from 'kafkajs';
import { coPartition } from './assignor.ts';

const topics = ['hito.events.v1', 'hito.profiles.v1', 'hito.outcomes.v1'];

/** What each member gets, by topic, when members of these versions join a group over topics of so many partitions. */
async function assigned(
  versions: readonly number[],
  partitions: number,
): Promise<Record<string, Readonly<Record<string, number[]>>>> {
  const cluster = { findTopicPartitionMetadata: () => Array.from({ length: partitions }, (_, partitionId) => ({ partitionId })) };
  const assigner = (version: number) =>
    coPartition(version)({ cluster: cluster as unknown as Cluster, groupId: 'g', logger: undefined as unknown as Logger });
  const members = versions.map((version, n) => ({
    memberId: `member-${String(n)}`,
    memberMetadata: assigner(version).protocol({ topics }).metadata,
  }));
  const answer = await assigner(versions[0] ?? 1).assign({ members, topics });
  return Object.fromEntries(
    answer.map(({ memberId, memberAssignment }) => [
      memberId,
      kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment ?? {},
    ]),
  );
}

describe('the assignor', () => {
  test('gives a partition of every topic to one member, and each to somebody, evenly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 24 }), async (count, partitions) => {
        const all = Object.values(
          await assigned(
            Array.from({ length: count }, () => 1),
            partitions,
          ),
        );
        const owned = all.map((own) => own[topics[0] ?? ''] ?? []);
        for (const [n, own] of all.entries()) for (const topic of topics) expect(own[topic] ?? []).toEqual(owned[n]);
        expect(owned.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: partitions }, (_, p) => p));
        const sizes = owned.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('prefers members with the higher state version: an older one gets nothing while a newer one is there', async () => {
    const { 'member-0': old, 'member-1': newer, 'member-2': another } = await assigned([1, 2, 2], 4);
    expect(old).toEqual({});
    expect([newer?.['hito.events.v1'], another?.['hito.events.v1']]).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });
});
