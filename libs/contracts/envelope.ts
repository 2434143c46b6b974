import { z } from 'zod';

/** ISO-8601 UTC instant with milliseconds, as `Date.prototype.toISOString` prints it. */
export const instant = z.string().regex(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

/**
 * What brought a message about: the record (topic without prefix, partition, offset) or the wake (processor, key's named
 * instant) that was being decided. `id` is that record's own id, or the wake's derived id.
 */
export const cause = z.object({
  id: z.string(),
  topic: z.string().optional(),
  partition: z.int().optional(),
  offset: z.int().optional(),
  processor: z.string().optional(),
  wake_at: instant.optional(),
});
export type Cause = z.infer<typeof cause>;

/** The playbook entry that decided: its id and the playbook's content version. */
export const rule = z.object({ id: z.string(), version: z.string() });
export type Rule = z.infer<typeof rule>;

/**
 * What the runtime adds to every derived message. `id` = uuidv5(cause, processor/n): a replay repeats it. `at`: the instant
 * of its cause in stream time. `person_id` is the key.
 */
export const derived = {
  id: z.uuid(),
  person_id: z.uuid(),
  at: instant,
  cause,
};

/** Money: integer minor units (cents) and ISO 4217 currency. */
export const money = z.object({ minor: z.int(), currency: z.string().length(3) });
export type Money = z.infer<typeof money>;

/** One purpose or category a person consented to or withdrew; views merge by the later `changed_at`, a tie goes to withdrawn. */
export const consent = z.object({ granted: z.boolean(), changed_at: instant });
export type Consent = z.infer<typeof consent>;
export const consents = z.record(z.string(), consent);
export type Consents = z.infer<typeof consents>;

/** Merges two views of a person's consents: the later change wins, a tie goes to "withdrawn". */
export function mergeConsents(a: Consents, b: Consents): Consents {
  const merged: Consents = { ...a };
  for (const [purpose, theirs] of Object.entries(b)) {
    const ours = merged[purpose];
    const later = ours === undefined || Date.parse(theirs.changed_at) - Date.parse(ours.changed_at);
    if (later === true || later > 0 || (later === 0 && !theirs.granted)) merged[purpose] = theirs;
  }
  return merged;
}
