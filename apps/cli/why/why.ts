import { profiles, topicOf } from '#contracts';
import { Refusal } from '../explain.ts';
import { withLog } from '../installation.ts';
import { printableJson } from '../printable.ts';
import { partitionsOf } from '../read-to-end.ts';
import { findPerson } from './find-person.ts';
import { historyOf, withCalls } from './history.ts';
import { eventsBehind, storyOf } from './story.ts';
import { storyText } from './story-text.ts';

/** Prints the story of a person or of a mail, read from the topics alone. Throws Refusal where nobody is meant. */
export async function why(text: string, { json }: { json?: true }): Promise<void> {
  await withLog(async ({ log, prefix }) => {
    const partitions = await partitionsOf(log, topicOf(prefix, profiles));
    const { personId, candidateId } = await findPerson(log, prefix, partitions, text);
    const known = await historyOf(log, prefix, partitions, personId);
    if (known.entries.length === 0)
      throw new Refusal(
        `Nothing is known of ${text}: it is no person id, message id, e-mail address or user id on the log under the prefix ${prefix}.`,
      );
    const history = await withCalls(log, prefix, partitions, known, eventsBehind(known, candidateId));
    const story = storyOf(history, candidateId);
    process.stdout.write(`${json === true ? printableJson(story, 2) : storyText(story)}\n`);
  });
}
