import { z } from 'zod';
import { field } from './field.ts';

/**
 * ISO-8601 UTC instant with milliseconds, as `Date.prototype.toISOString` prints it, of the years -99999 to 99999. Every text that fits is
 * one that `Date.parse` reads: no processor meets a thirteenth month. A pattern, since a refinement could not be compiled.
 */
export const instant = z
  .string()
  .regex(
    /^(?:\d{4}|\+0\d{5}|-0(?!00000)\d{5})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/,
    'is no instant: write it as Date.prototype.toISOString prints it, such as 2026-01-31T09:00:00.000Z',
  )
  .meta({ format: 'date-time' });

/**
 * What brought a message about: the record (topic without prefix, partition, offset) or the wake (processor, key's named
 * instant) that was being decided. `id` is that record's own id, or the wake's derived id.
 */
export const cause = z.object({
  id: field(z.string(), 'pseudonym', 'Id of the record that was decided, or the derived id of the wake.'),
  topic: field(z.string().optional(), 'none', 'Topic of that record, without prefix. Absent for a wake.'),
  partition: field(z.int().optional(), 'none', 'Partition of that record.'),
  offset: field(z.int().optional(), 'none', 'Offset of that record.'),
  processor: field(z.string().optional(), 'none', 'For a wake: the processor that woke.'),
  wake_at: field(instant.optional(), 'behaviour', 'For a wake: the instant that the state named.'),
});
export type Cause = z.infer<typeof cause>;

/** The playbook entry that decided: its id and the playbook's content version. */
export const rule = z.object({
  id: field(z.string(), 'none', 'Id of the playbook entry that decided.'),
  version: field(z.string(), 'none', 'Hash of the content of the playbook that it stood in.'),
});
export type Rule = z.infer<typeof rule>;

/**
 * What the runtime adds to every derived message. `id` = uuidv5(cause, processor/n): a replay repeats it. `at`: the instant
 * of its cause in stream time. `person_id` is the key.
 */
export const derived = {
  id: field(z.uuid(), 'pseudonym', 'Id of this record, derived from its cause: a replay repeats it. Count by distinct ids.'),
  person_id: field(z.uuid(), 'pseudonym', 'The person, as the uuidv5 of their user id. It is the key of the record.'),
  at: field(instant, 'behaviour', 'Instant of its cause in stream time; in a replay this is the time of the history.'),
  cause: field(cause, 'none', 'What brought this record about.'),
};

/** Money: integer minor units (cents) and ISO 4217 currency. */
export const money = z.object({ minor: z.int(), currency: z.string().length(3) });
export type Money = z.infer<typeof money>;

/**
 * What a person last said about one purpose or category; views merge by the later `changed_at`, a tie goes to withdrawn (#facts).
 * `by`: who passed it on; `unclear`: what was sent where it was not understood and counts as no.
 */
export const consent = z.object({
  granted: field(z.boolean(), 'behaviour', 'True if the person allows it, false if they withdrew it.'),
  changed_at: field(instant, 'behaviour', 'When the person said so.'),
  by: field(z.string().optional(), 'none', 'Who passed it on.'),
  unclear: field(z.string().optional(), 'free', 'What was sent, if nobody understands it. It counts as no.'),
  explicit: field(
    z.boolean().optional(),
    'behaviour',
    'True if the person granted it by an act (`Consent Granted`), not by what a site repeats.',
  ),
});
export const consents = z.record(z.string(), consent);
