import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { UnreadableBatch, unSnappy } from './codecs.ts';
import { unLz4 } from './lz4.ts';

const { CompressionCodecs: codecs } = kafkajs;
const types = { GZIP: 1, Snappy: 2, LZ4: 3, ZSTD: 4 } as const;
const undo = async (type: 1 | 2 | 3 | 4, bytes: Buffer): Promise<Buffer> =>
  (codecs[type] as () => { decompress(bytes: Buffer): Promise<Buffer> })().decompress(bytes);

/** A frame of LZ4 (version 1, blocks of 64 KB that stand alone), its block as given. */
const frameOf = (block: Buffer, flag = 0): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32LE((block.length | flag) >>> 0);
  return Buffer.concat([Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]), size, block, Buffer.alloc(4)]);
};
const hello = Buffer.from('hello');

describe('LZ4', () => {
  test('repeats what stands before, also what it is writing', () => {
    // 5 literals; then 12 bytes from 5 before; then 2 literals.
    const block = Buffer.concat([Buffer.from([0x58]), hello, Buffer.from([5, 0, 0x20]), Buffer.from('!!')]);
    expect(String(unLz4(frameOf(block), 1_000))).toBe('hellohellohellohe!!');
    expect(String(unLz4(frameOf(hello, 0x80000000), 1_000))).toBe('hello');
  });

  test('of more than its bound, of what is not there, and of what is cut off is an error', () => {
    const bomb = Buffer.concat([
      Buffer.from([0x1f]),
      Buffer.from('x'),
      Buffer.from([1, 0]),
      Buffer.alloc(4_000, 255),
      Buffer.from([0, 0x10, 0x79]),
    ]);
    expect(unLz4(frameOf(bomb), 2_000_000).length).toBe(1 + 4_000 * 255 + 19 + 1);
    expect(() => unLz4(frameOf(bomb), 1_000_000)).toThrow('longer than 1000000 bytes');
    expect(() => unLz4(frameOf(Buffer.from([0x14, 0x78, 9, 0])), 1_000)).toThrow('what is not there');
    expect(() => unLz4(frameOf(hello).subarray(0, 13), 1_000)).toThrow('within a block');
    expect(() => unLz4(hello, 1_000)).toThrow('no frame of LZ4');
  });
});

test('a stream of snappy is its blocks, and a block alone is one', () => {
  const block = Buffer.concat([Buffer.from([5, 4 << 2]), hello]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(block.length);
  const mark = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(String(unSnappy(Buffer.concat([mark, size, block, size, block])))).toBe('hellohello');
  expect(String(unSnappy(block))).toBe('hello');
  expect(() => unSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0]))).toThrow('longer than');
});

test('a batch that says too much of itself is refused by its codec', async () => {
  const long = Buffer.alloc(65 * 1024 * 1024);
  await expect(undo(types.GZIP, gzipSync(long))).rejects.toThrow(/compressed by gzip cannot be read/);
  await expect(undo(types.ZSTD, zstdCompressSync(long))).rejects.toThrow(/compressed by zstd cannot be read/);
  expect(String(await undo(types.ZSTD, zstdCompressSync(hello)))).toBe('hello');
  expect(String(await undo(types.GZIP, gzipSync(hello)))).toBe('hello');
});

test('any bytes are undone or refused, and never more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(types.GZIP, types.Snappy, types.LZ4, types.ZSTD),
      async (bytes, type) => {
        for (const given of [Buffer.from(bytes), frameOf(Buffer.from(bytes))])
          await undo(type, given).catch((error: unknown) => {
            expect(error).toBeInstanceOf(UnreadableBatch);
          });
      },
    ),
    { numRuns: 500 },
  );
});
