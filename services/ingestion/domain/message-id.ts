import { callId } from '#contracts';
import { isNobody } from '#facts';
import type { Json } from './fields.ts';

const longest = 100;

/**
 * A call's message id, unique within its source. Its own is kept, one that is too long is hashed. A missing one (or a word that programs
 * send for a missing one: all calls but the first would be repeats) is derived from
 * the source, the content and the place in the batch, so that a repeated request gives the same id; only a call without any
 * time of its own takes its arrival in, for nothing else tells two equal ones apart.
 */
export function messageIdOf(
  item: Json,
  arrival: { readonly source: string; readonly arrivedAt: number; readonly index?: number },
): string {
  const own = item['messageId'];
  const id = typeof own === 'string' || typeof own === 'number' ? String(own) : '';
  if (!isNobody(id)) return id.length <= longest ? id : callId(arrival.source, id);
  const { sentAt: _, ...content } = item;
  const timed = content['timestamp'] !== undefined || content['originalTimestamp'] !== undefined;
  return callId(arrival.source, JSON.stringify([content, arrival.index ?? 0, timed ? 0 : arrival.arrivedAt]));
}
