import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { snappyUncompress } from 'hyparquet/src/snappy.js';
import kafkajs from 'kafkajs';
import { unLz4 } from './lz4.ts';

/** Bytes of a record batch that nobody can make records of. Asking again gives the same. */
export class UnreadableBatch extends Error {
  override readonly name = 'UnreadableBatch';
}

/** A batch may say that it is any number of times as long as it came. */
const mostBytes = 64 * 1024 * 1024;

const undone = (codec: string, undo: (bytes: Buffer) => Buffer) => () => ({
  compress: () => Promise.reject(new Error('Hito writes plain batches')),
  decompress: (bytes: Buffer): Promise<Buffer> => {
    try {
      return Promise.resolve(undo(bytes));
    } catch (error) {
      return Promise.reject(new UnreadableBatch(`a batch compressed by ${codec} cannot be read: ${(error as Error).message}`));
    }
  },
});

const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
codecs[types.GZIP] = undone('gzip', (bytes) => gunzipSync(bytes, { maxOutputLength: mostBytes }));
codecs[types.Snappy] = undone('snappy', unSnappy);
codecs[types.LZ4] = undone('lz4', (bytes) => unLz4(bytes, mostBytes));
codecs[types.ZSTD] = undone('zstd', (bytes) => zstdDecompressSync(bytes, { maxOutputLength: mostBytes }));

/** Java's writers put blocks of snappy into a stream: a mark of 16 bytes, then each block behind its length. Others write one block. */
const streamMark = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

export function unSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 8).equals(streamMark)) return unBlock(bytes, mostBytes);
  const blocks: Buffer[] = [];
  let room = mostBytes;
  for (let at = 16; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    if (at + 4 + size > bytes.length) throw new Error('it ends within a block');
    const block = unBlock(bytes.subarray(at + 4, at + 4 + size), room);
    room -= block.length;
    blocks.push(block);
    at += 4 + size;
  }
  return Buffer.concat(blocks);
}

/** A block begins with the length of what it holds, 7 bits a byte. */
function unBlock(block: Buffer, most: number): Buffer {
  let length = 0;
  for (let at = 0, shift = 1; ; at++, shift *= 128) {
    const byte = block.readUInt8(at);
    length += (byte & 0x7f) * shift;
    if (byte < 0x80 || at === 4) break;
  }
  if (length > most) throw new Error(`it is longer than ${String(mostBytes)} bytes`);
  const out = new Uint8Array(length);
  snappyUncompress(block, out);
  return Buffer.from(out.buffer, 0, length);
}
