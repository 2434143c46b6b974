import { messages, personId, profiles, topicOf } from '#contracts';
import { parseAddress } from '#facts';
import { partitionOf } from '#stream';
import { Refusal } from '../explain.ts';
import { readToEnd, type Reader } from '../read-to-end.ts';

/** Whom the story is about, and of which of their candidates if one mail was asked for. */
export interface Subject {
  readonly personId: string;
  readonly candidateId?: string;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** As a mail's header has it: `<message id@domain>`. */
const header = /^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^@\s]+?>?$/i;

/**
 * Takes a person id, a message id (also as the header Message-ID has it), an e-mail address or a user id, whichever it is; what is none
 * of the others is a user id.
 */
export async function findPerson(log: Reader, prefix: string, partitions: number, text: string): Promise<Subject> {
  const ofHeader = header.exec(text)?.[1];
  const headed = ofHeader === undefined ? undefined : await personOfMessage(log, prefix, ofHeader.toLowerCase());
  if (headed !== undefined) return headed;
  if (text.includes('@')) {
    const people = await peopleWithAddress(log, prefix, text);
    if (people.length > 1)
      throw new Refusal(
        `${String(people.length)} people have or had the address ${text}; ask for one of them by id:\n${people.join('\n')}`,
      );
    if (people[0] !== undefined) return { personId: people[0] };
  }
  if (uuid.test(text)) {
    const id = text.toLowerCase();
    if (await isPerson(log, prefix, partitions, id)) return { personId: id };
    const mail = await personOfMessage(log, prefix, id);
    if (mail !== undefined) return mail;
  }
  return { personId: personId(text) };
}

async function peopleWithAddress(log: Reader, prefix: string, address: string): Promise<string[]> {
  const read = parseAddress(address);
  if (!read.ok) return [];
  const wanted = read.key;
  const people = new Set<string>();
  await readToEnd(log, topicOf(prefix, profiles), undefined, (_, records) => {
    for (const { key, value } of records) {
      const text = String(value);
      if (key === null || !text.toLowerCase().normalize('NFC').includes(wanted)) continue;
      const profile = profiles.schema.safeParse(JSON.parse(text));
      if (profile.success && keyOf(profile.data.email) === wanted) people.add(key);
    }
  });
  return [...people];
}

function keyOf(email: string | undefined): string | undefined {
  const read = email === undefined ? undefined : parseAddress(email);
  return read?.ok === true ? read.key : undefined;
}

async function isPerson(log: Reader, prefix: string, partitions: number, id: string): Promise<boolean> {
  let found = false;
  await readToEnd(
    log,
    topicOf(prefix, profiles),
    [partitionOf(id, partitions)],
    (_, records) => {
      found ||= records.some((record) => record.key === id);
    },
    () => found,
  );
  return found;
}

/** A message id is the id of a `sent` decision; a candidate's id does too. */
async function personOfMessage(log: Reader, prefix: string, id: string): Promise<Subject | undefined> {
  let found: Subject | undefined;
  await readToEnd(
    log,
    topicOf(prefix, messages),
    undefined,
    (_, records) => {
      for (const { value } of records) {
        if (value?.includes(id) !== true) continue;
        const { data } = messages.schema.safeParse(JSON.parse(String(value)));
        if (data !== undefined && (data.id === id || data.candidate.id === id))
          found = { personId: data.person_id, candidateId: data.candidate.id };
      }
    },
    () => found !== undefined,
  );
  return found;
}
