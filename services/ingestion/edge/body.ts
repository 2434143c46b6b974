import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { wellFormed } from '#facts';
import type { Place } from './admission.ts';
import { fewValues } from './structure.ts';

/** Why a body could not be had. */
export type BodyProblem = 'too large' | 'too slow' | 'cut off' | 'unparseable' | 'too many values' | 'no room';

/** A body as JSON, or its problem; with its beginning, for a dead letter, where there is one. */
export type Body =
  { readonly json: unknown; readonly beginning: string } | { readonly problem: BodyProblem; readonly beginning?: string };

/** How much of a refused body is kept, in bytes: enough to find its sender's mistake. */
const keptBytes = 10_000;

/** Bounds of one body: bytes on the wire and inflated, and how long it may take, ms. */
export interface BodyLimits {
  readonly bytes: number;
  readonly withinMs: number;
}

type Room = Pick<Place, 'grow'>;

/**
 * Reads a request's body as JSON, whatever its content type says. Gzip is told by its first bytes: JSON cannot begin with them,
 * and some clients or proxies do not say, or say it of what is inflated already.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits, room: Room): Promise<Body> {
  const raw = await readRaw(request, limits, room);
  if (!Buffer.isBuffer(raw)) return raw;
  const inflated = raw[0] === 0x1f && raw[1] === 0x8b ? await inflate(raw, limits.bytes) : raw;
  if (!Buffer.isBuffer(inflated)) return inflated;
  if (inflated !== raw && !room.grow(inflated.length)) return { problem: 'no room' };
  const beginning = wellFormed(inflated.toString('utf8', 0, keptBytes));
  if (!fewValues(inflated)) return { problem: 'too many values', beginning };
  try {
    return { json: JSON.parse(inflated.toString('utf8').replace(/^\uFEFF/, '')) as unknown, beginning };
  } catch {
    return { problem: 'unparseable', beginning };
  }
}

function readRaw(
  request: IncomingMessage,
  { bytes, withinMs }: BodyLimits,
  room: Room,
): Promise<Buffer | { problem: BodyProblem }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (result: Buffer | { problem: BodyProblem }): void => {
      clearTimeout(deadline);
      request.off('data', onData);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > bytes) end({ problem: 'too large' });
      else if (!room.grow(chunk.length)) end({ problem: 'no room' });
      else chunks.push(chunk);
    };
    const deadline = setTimeout(() => {
      end({ problem: 'too slow' });
    }, withinMs);
    if (request.destroyed) end({ problem: 'cut off' });
    request.on('data', onData);
    request.once('end', () => {
      end(Buffer.concat(chunks));
    });
    request.once('error', () => {
      end({ problem: 'cut off' });
    });
    request.once('close', () => {
      end({ problem: 'cut off' });
    });
  });
}

const gunzipped = promisify(gunzip) as (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

async function inflate(data: Buffer, bytes: number): Promise<Buffer | { problem: BodyProblem }> {
  try {
    return await gunzipped(data, { maxOutputLength: bytes });
  } catch (error) {
    return { problem: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'unparseable' };
  }
}
