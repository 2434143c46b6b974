import kafkajs, { type PartitionAssigner } from 'kafkajs';

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
const name = 'HitoCoPartition';

/**
 * The member that gets partition p gets it of every topic, so that one task owns a person everywhere; only members with the highest
 * state version get any (their version travels as user data), spread round robin by member id.
 */
export const coPartition =
  (version: number): PartitionAssigner =>
  ({ cluster }) => ({
    name,
    version: 1,
    assign({ members, topics }) {
      const versionOf = (metadata: Buffer): number => Number(MemberMetadata.decode(metadata)?.userData.toString() ?? 0);
      const newest = Math.max(...members.map(({ memberMetadata }) => versionOf(memberMetadata)));
      const owners = members
        .filter(({ memberMetadata }) => versionOf(memberMetadata) === newest)
        .map(({ memberId }) => memberId)
        .sort();
      const assignment = new Map<string, Record<string, number[]>>(members.map(({ memberId }) => [memberId, {}]));
      for (const topic of topics) {
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
          const owner = owners[partitionId % owners.length] as string;
          ((assignment.get(owner) as Record<string, number[]>)[topic] ??= []).push(partitionId);
        }
      }
      return Promise.resolve(
        [...assignment].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version: 1, assignment: partitions, userData: Buffer.alloc(0) }),
        })),
      );
    },
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version: 1, topics, userData: Buffer.from(String(version)) }),
    }),
  });
