import { z } from 'zod';
import { contract } from './contract.ts';
import { instant } from './envelope.ts';

const json = z.record(z.string(), z.unknown());

/** The Segment call as it came, its ids as strings, its times as they were sent; unknown top-level fields stay in `rest`. */
export const call = {
  /** Derived from (source, message_id). */
  id: z.uuid(),
  /** Which write key or mapping it came through; message ids are unique per source. */
  source: z.string().max(200),
  message_id: z.string().min(1).max(100),
  /** track, identify, page, screen, group, alias; `withdrawal`: what a refused call withdrew, and nothing else of it. */
  type: z.string().max(50),
  user_id: z.string().min(1).max(500).optional(),
  anonymous_id: z.string().min(1).max(500).optional(),
  /** alias: the id known before. */
  previous_id: z.string().min(1).max(500).optional(),
  /** track: the event's name; page and screen: the page's. */
  event: z.string().max(500).optional(),
  properties: json.optional(),
  traits: json.optional(),
  context: json.optional(),
  rest: json.optional(),
  /** When it happened, corrected for the client's clock. */
  occurred_at: instant,
  /** The times as the client sent them. */
  timestamp: z.string().optional(),
  original_timestamp: z.string().optional(),
  sent_at: z.string().optional(),
  /** Times that the client sent and that nobody can read: timestamp, original_timestamp, sent_at. They count as not given. */
  unreadable: z.array(z.string()).optional(),
  /** True for history produced by the replayer: its person is never mailed for real. */
  replayed: z.boolean().optional(),
};

/** Raw, accepted by the edge, not yet judged. Key: anonymous id, else user id. `at`: its arrival. Beside it: clock records (key `~clock`). */
export const collected = contract('collected.v1', z.object({ ...call, at: instant }), { retentionMs: -1 });
