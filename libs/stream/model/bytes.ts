/** A buffer that grows as it is written; numbers in Kafka's forms: big-endian, and variable-length zigzag (Protocol Buffers' sint). */
export class ByteWriter {
  private buffer: Buffer;
  private at = 0;

  /** `bytes`: what is expected, so that it need not grow. */
  constructor(bytes = 1_024) {
    this.buffer = Buffer.allocUnsafe(bytes);
  }

  get length(): number {
    return this.at;
  }

  get written(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  /** Makes room for what `varint`, `text` and `bytes` write: these do not ask. */
  room(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }

  /** Leaves bytes to be filled in later and says where they begin. */
  skip(bytes: number): number {
    this.room(bytes);
    const { at } = this;
    this.at += bytes;
    return at;
  }

  int8(value: number): void {
    const at = this.skip(1);
    this.buffer.writeInt8(value, at);
  }
  int16(value: number): void {
    const at = this.skip(2);
    this.buffer.writeInt16BE(value, at);
  }
  int32(value: number): void {
    const at = this.skip(4);
    this.buffer.writeInt32BE(value, at);
  }
  int64(value: bigint): void {
    const at = this.skip(8);
    this.buffer.writeBigInt64BE(value, at);
  }

  varint(value: number): void {
    let left = ((value << 1) ^ (value >> 31)) >>> 0;
    while (left > 0x7f) {
      this.buffer[this.at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.buffer[this.at++] = left;
  }

  /** `bytes`: its length in UTF-8. */
  text(value: string, bytes: number): void {
    if (bytes !== value.length) this.buffer.write(value, this.at, bytes, 'utf8');
    else if (bytes > short) this.buffer.write(value, this.at, bytes, 'latin1');
    else for (let i = 0; i < bytes; i++) this.buffer[this.at + i] = value.charCodeAt(i);
    this.at += bytes;
  }

  /** Kafka's STRING: its length in two bytes, and its UTF-8. Makes its own room. */
  string(value: string): void {
    const length = textBytes(value);
    this.int16(length);
    this.room(length);
    this.text(value, length);
  }

  bytes(value: Buffer, from = 0, to = value.length): void {
    value.copy(this.buffer, this.at, from, to);
    this.at += to - from;
  }
}

/** Up to this many characters, a loop is faster than a call into the runtime. */
const short = 64;

/** A text's length in UTF-8. */
export function textBytes(text: string): number {
  if (text.length > short) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return text.length;
}

export function varintBytes(value: number): number {
  let left = ((value << 1) ^ (value >> 31)) >>> 0;
  let bytes = 1;
  for (; left > 0x7f; bytes++) left >>>= 7;
  return bytes;
}

/** Reads at `place.at` and moves it on. Throws where the bytes end within the number or it has more than 32 bits. */
export function readVarint(bytes: Buffer, place: { at: number }): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[place.at++];
    if (byte === undefined) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
  }
  throw new Error(`no number of variable length before byte ${String(place.at)} of ${String(bytes.length)}`);
}
