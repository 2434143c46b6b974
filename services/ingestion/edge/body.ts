import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gunzip, gunzipSync } from 'node:zlib';
import { cut, oneLine, wellFormed } from '#facts';
import type { Place } from './admission.ts';
import { fewValues } from './structure.ts';

/** Why a body could not be had. */
export type BodyProblem =
  'too large' | 'too slow' | 'cut off' | 'unparseable' | 'unread encoding' | 'too many values' | 'no room';

/** A body as JSON, or its problem. */
export type Body = { readonly json: unknown; readonly beginning: string } | Unread;

interface Unread {
  readonly problem: BodyProblem;
  /** What a body of an `unread encoding` is encoded by, as its header names it. */
  readonly encoding?: string;
  /** For a dead letter: as much of it as is kept. */
  readonly beginning?: string;
  /** A field or an event that withdraws a consent seems to stand in it. */
  readonly withdraws?: boolean;
}

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
  const inflated = isGzip(raw) ? await inflate(raw, limits.bytes) : raw;
  if (!Buffer.isBuffer(inflated)) return inflated;
  if (inflated !== raw && !room.grow(inflated.length)) return { problem: 'no room' };
  if (!fewValues(inflated)) return encoded(request) ?? unread('too many values', inflated);
  try {
    return { json: JSON.parse(inflated.toString('utf8').replace(/^\uFEFF/, '')) as unknown, beginning: beginningOf(inflated) };
  } catch {
    return encoded(request) ?? unread('unparseable', inflated);
  }
}

const readEncodings: readonly string[] = ['gzip', 'x-gzip', 'identity', ''];

/** Why such a body is no JSON, where its header names an encoding beside gzip. Nothing of it is kept: nobody can read it. */
function encoded({ headers }: IncomingMessage): Unread | undefined {
  const named = (headers['content-encoding'] ?? '').split(',').map((name) => name.trim());
  const encoding = named.find((name) => !readEncodings.includes(name.toLowerCase()));
  return encoding === undefined ? undefined : { problem: 'unread encoding', encoding: cut(oneLine(encoding), 30) };
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const beginningOf = (bytes: Buffer): string => wellFormed(bytes.toString('utf8', 0, keptBytes));

/** What tells of consents, as it stands in JSON. It may be about a grant: better one report too many. */
const ofConsents =
  /"(?:consents?|unsubscribed|categorypreferences|deniedconsentids)"\s*:|"(?:consent[ _]?(?:withdrawn|revoked|denied|declined|refused|rejected)|(?:email[ _]?)?(?:unsubscribed?|opt(?:ed)?[ _]?out))"/i;

const unread = (problem: BodyProblem, bytes: Buffer): Unread => ({
  problem,
  beginning: beginningOf(bytes),
  withdraws: ofConsents.test(bytes.toString('latin1')),
});

function readRaw(request: IncomingMessage, { bytes, withinMs }: BodyLimits, room: Room): Promise<Buffer | Unread> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (result: Buffer | Unread): void => {
      clearTimeout(deadline);
      request.off('data', onData);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > bytes) end(unread('too large', begun(Buffer.concat(chunks))));
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

async function inflate(data: Buffer, bytes: number): Promise<Buffer | Unread> {
  try {
    return await gunzipped(data, { maxOutputLength: bytes });
  } catch (error) {
    return unread((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'unparseable', begun(data));
  }
}

/** What can be read of a body that is not whole, or inflates to too much: so much of its gzip inflates to 4 MB at most. */
function begun(data: Buffer): Buffer {
  if (!isGzip(data)) return data;
  try {
    return gunzipSync(data.subarray(0, 4_096), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0); // gzip in name only: the reason of the dead letter says so
  }
}
