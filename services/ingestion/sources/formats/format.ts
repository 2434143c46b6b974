import type { LogRecord } from '#stream';
import { fewValues } from '../../edge/structure.ts';

/** Why a value is not what its source's format says. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Why a value cannot be read for now, though perhaps in a moment: its partition waits. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** What a record has no value for: nothing is made of it, and it is counted. */
export const nothing = Symbol('nothing');

/** Reads a record's value: the `record.value` of expressions, or `nothing`; may be a promise of it. Throws Unreadable or NotYet. */
export type Format = (record: LogRecord) => unknown;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Values that a record may hold, in any format: ten times what an event may have, for a mapping may take a small event out of a large record.
 * `JSON.parse` of so many takes some 50 ms.
 */
export const mostValues = 50_000;

/** The JSON of a value. Its own message would quote the value, which may hold a secret. */
export function json(value: Buffer): unknown {
  if (!fewValues(value, mostValues)) throw new Unreadable(`the value is JSON of more than ${String(mostValues)} values`);
  let text: string;
  try {
    text = utf8.decode(value);
  } catch {
    throw new Unreadable('the value is no UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreadable('the value is no JSON');
  }
}
