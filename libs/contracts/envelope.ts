import { z } from 'zod';

/**
 * ISO-8601 UTC instant with milliseconds, as `Date.prototype.toISOString` prints it, of the years -99999 to 99999. Every text that fits is
 * one that `Date.parse` reads: no processor meets a thirteenth month. A pattern, since a refinement could not be compiled.
 */
export const instant = z
  .string()
  .regex(
    /^(?:\d{4}|\+0\d{5}|-0(?!00000)\d{5})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/,
  );

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

/**
 * What a person last said about one purpose or category; views merge by the later `changed_at`, a tie goes to withdrawn (#facts).
 * `by`: who passed it on; `unclear`: what was sent where it was not understood and counts as no.
 */
export const consent = z.object({
  granted: z.boolean(),
  changed_at: instant,
  by: z.string().optional(),
  unclear: z.string().optional(),
});
export const consents = z.record(z.string(), consent);
