import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { InboxMail } from '../evidence.ts';

const line = z.object({ n: z.int(), message_id: z.string(), to: z.array(z.string()) });

/** The mails that the development inbox keeps: those of its index whose bytes are there. */
export function inboxEvidence(dir: string): InboxMail[] {
  const index = join(dir, 'index.jsonl');
  if (!existsSync(index)) return [];
  const kept = new Set(readdirSync(dir));
  return readFileSync(index, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => line.parse(JSON.parse(text)))
    .filter(({ n }) => kept.has(`${String(n)}.eml`))
    .map(({ message_id, to }) => ({ messageId: message_id, to }));
}
