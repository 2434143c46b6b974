import { z } from 'zod';
import { replaySource } from '../domain/collect.ts';

/** Which source a write key stands for. */
export type WriteKeys = ReadonlyMap<string, string>;

/** Nest's token for the write keys of this process. */
export const WRITE_KEYS = Symbol('write keys');

/** `name:key,name:key` as a map from key to name. */
export const writeKeys = z.string().transform((text, context): WriteKeys => {
  const keys = new Map<string, string>();
  for (const [place, pair] of text.split(',').entries()) {
    const [, name, key] = /^([a-z][a-z0-9-]{0,63}):([\x21-\x2b\x2d-\x39\x3b-\x7e]{8,200})$/.exec(pair.trim()) ?? [];
    const where = `entry ${String(place + 1)}`;
    if (name === undefined || key === undefined)
      context.addIssue(
        `${where} must be name:key, the name of lower-case letters, digits and dashes, the key of at least 8 characters without comma, colon or space`,
      );
    else if (name === replaySource)
      context.addIssue(`${where} is named ${replaySource}, which is the replayer's own name: take another`);
    else if (keys.has(key)) context.addIssue(`${where} has the key of another: each source needs its own`);
    else keys.set(key, name);
  }
  return keys;
});

/**
 * What a request shows as its key, in the order in which clients mean it: Basic (with or without the colon), body, query,
 * Bearer.
 */
export function presentedKey(authorization: string | undefined, body: unknown, query: unknown): string | undefined {
  return (
    basicKey(authorization) ??
    filled((body as { writeKey?: unknown } | null)?.writeKey) ??
    filled(query) ??
    schemeOf(authorization, 'bearer')
  );
}

export function basicKey(authorization: string | undefined): string | undefined {
  const encoded = schemeOf(authorization, 'basic');
  return encoded === undefined ? undefined : filled(Buffer.from(encoded, 'base64').toString('utf8').split(':')[0]);
}

function schemeOf(authorization: string | undefined, scheme: string): string | undefined {
  const [name, value] = authorization?.trim().split(/\s+/) ?? [];
  return name?.toLowerCase() === scheme ? filled(value) : undefined;
}

const filled = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
