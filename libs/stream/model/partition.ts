/**
 * The partition that Kafka's own clients choose for a key: murmur2 (seed 0x9747b28c) over its UTF-8 bytes, sign bit cleared, modulo.
 * Reference: org.apache.kafka.common.utils.Utils.murmur2.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

const multiplier = 0x5bd1e995;

function murmur2(bytes: Buffer): number {
  const { length } = bytes;
  let hash = 0x9747b28c ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = Math.imul(bytes.readInt32LE(i), multiplier);
    k = Math.imul(k ^ (k >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ k;
  }
  const rest = length - i;
  if (rest > 0) {
    for (let n = rest - 1; n >= 0; n--) hash ^= (bytes[i + n] ?? 0) << (8 * n);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}
