import { z } from 'zod';

/** What is known of a mail from the log. */
export interface KnownMail {
  readonly id: string;
  readonly candidate: string | undefined;
  readonly state: string;
  readonly reason: string | undefined;
  readonly reply: string | undefined;
  readonly attempt: number;
  /** When it became so, ISO 8601; absent where nobody knows. */
  readonly at: string | undefined;
}

/**
 * What is read of a decision and of an outcome: no more than is needed, so that nothing else in a record, of whatever version, hides a mail.
 */
const sentDecision = z.object({
  id: z.string(),
  decision: z.literal('sent'),
  candidate: z.object({ id: z.string() }).optional(),
});
const ending = z.object({
  message_id: z.string(),
  outcome: z.string(),
  reason: z.string().optional(),
  smtp_reply: z.string().optional(),
  attempt: z.int().optional(),
  occurred_at: z.string().optional(),
});

/** Outcomes that say what became of a mail itself; the others are about its reader. */
const ends: ReadonlySet<string> = new Set(['accepted', 'bounced', 'suppressed', 'expired', 'failed', 'in_doubt', 'put_back']);

/**
 * Gathers what became of mails from the topics of decisions and of outcomes. A mail that was asked for and has no outcome may have left:
 * it is in doubt.
 */
export class Evidence {
  private readonly candidates = new Map<string, string | undefined>();
  private readonly outcomes = new Map<string, z.infer<typeof ending>>();

  decision(record: unknown): void {
    const { data } = sentDecision.safeParse(record);
    if (data !== undefined) this.candidates.set(data.id, data.candidate?.id);
  }

  /** In the order of the topic: a later word about a mail counts. */
  outcome(record: unknown): void {
    const { data } = ending.safeParse(record);
    if (data !== undefined && ends.has(data.outcome)) this.outcomes.set(data.message_id, data);
  }

  mails(): KnownMail[] {
    return [...new Set([...this.candidates.keys(), ...this.outcomes.keys()])].map((id) => {
      const said = this.outcomes.get(id);
      return {
        id,
        candidate: this.candidates.get(id),
        state: said?.outcome ?? 'in_doubt',
        reason: said === undefined ? 'restored' : said.reason,
        reply: said?.smtp_reply,
        attempt: said?.attempt ?? 0,
        at: said?.occurred_at,
      };
    });
  }
}
