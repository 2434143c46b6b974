import type { CandidateStory, Step, Story } from './story.ts';

/** The story as one reads it in a terminal. */
export function storyText({ personId, person, candidates }: Story): string {
  const head = [`Person ${personId}`, ...person.map((line) => `  ${line}`)];
  const none = candidates.length === 0 ? ['', 'No play has had a reason to write to this person yet.'] : [];
  return [...head, ...none, ...candidates.flatMap(candidateText)].join('\n');
}

function candidateText({ messageId, candidateId, trace, title, steps }: CandidateStory): string[] {
  return [
    '',
    messageId === undefined ? `Candidate ${candidateId}  ${title}` : `Mail ${messageId}  ${title}`,
    ...(trace === undefined ? [] : [`  trace ${trace}`]),
    ...steps.flatMap(stepText),
  ];
}

const indent = ' '.repeat(40);

function stepText({ at, what, says, record, aside }: Step): string[] {
  const [first = '', ...rest] = says.split('\n');
  const name = aside === true ? `  and ${what}` : what;
  const line = `  ${at.padEnd(24)}  ${name.padEnd(11)} ${first}${record === undefined ? '' : `   [${record}]`}`;
  return [line.trimEnd(), ...rest.map((text) => `${indent}${text}`)];
}
