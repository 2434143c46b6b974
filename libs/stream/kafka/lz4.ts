/**
 * Undoes LZ4's frame format as Kafka's writers make it; checksums are not looked at, as Kafka has its own. Throws where it is none, or
 * longer than `most` bytes. Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md.
 */
export function unLz4(frame: Buffer, most: number): Buffer {
  if (frame.length < 7 || frame.readUInt32LE(0) !== 0x184d2204) throw new Error('it is no frame of LZ4');
  const flags = frame.readUInt8(4);
  const [blockSums, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  const out = new Output(most);
  for (let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0); ;) {
    const head = frame.readUInt32LE(at);
    at += 4;
    if (head === 0) return out.taken();
    const size = head & 0x7fffffff;
    const block = frame.subarray(at, at + size);
    if (block.length !== size) throw new Error('it ends within a block');
    if (head >>> 31 === 1) out.bytes(block);
    else unBlock(block, out);
    at += size + (blockSums ? 4 : 0);
  }
}

/** What has been undone so far; a block may repeat what an earlier one had. */
class Output {
  private held = Buffer.allocUnsafe(65_536);
  private length = 0;

  constructor(private readonly most: number) {}

  bytes(bytes: Buffer): void {
    this.room(bytes.length);
    bytes.copy(this.held, this.length);
    this.length += bytes.length;
  }

  /** Repeats what stands `distance` bytes before, which may reach into what it writes. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.length) throw new Error('it repeats what is not there');
    this.room(count);
    const { held } = this;
    for (let from = this.length - distance, end = from + count; from < end; from++) held[this.length++] = held[from] ?? 0;
  }

  taken(): Buffer {
    return this.held.subarray(0, this.length);
  }

  private room(more: number): void {
    const needed = this.length + more;
    if (needed > this.most) throw new Error(`it is longer than ${String(this.most)} bytes`);
    if (needed <= this.held.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.most, Math.max(needed, this.held.length * 2)));
    this.held.copy(larger, 0, 0, this.length);
    this.held = larger;
  }
}

function unBlock(block: Buffer, out: Output): void {
  let at = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15)
      for (let more = 255; more === 255;) {
        more = block.readUInt8(at++);
        length += more;
      }
    return length;
  };
  while (at < block.length) {
    const token = block.readUInt8(at++);
    const literals = lengthFrom(token >> 4);
    if (at + literals > block.length) throw new Error('it ends within what it holds');
    out.bytes(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    out.repeat(distance, lengthFrom(token & 15) + 4);
  }
}
