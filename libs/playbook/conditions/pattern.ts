import { RE2JS } from 're2js';
import { pay, type Run } from './run.ts';

/** Longest text that a pattern is tried on, in UTF-16 units; a longer one is no match, and is counted as too much work. */
export const longestSubject = 2_000;
/** RE2 writes `a{1000}` out; a larger program than this is refused when the playbook is loaded. */
const largestProgram = 1_000;

/** Whether a pattern is found anywhere in a text. */
export type Pattern = (text: string, run: Run) => boolean;

/**
 * A regular expression in RE2's syntax, as CEL has it: its time is linear in the text, whatever a visitor writes. Throws an Error that
 * says what is wrong where it is no such pattern (RE2 knows neither `(?=…)` nor `\1`), or one that needs too much.
 */
export function patternOf(source: string): Pattern {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(source);
  } catch (error) {
    throw new Error(`not a pattern of RE2: ${(error as Error).message.replace('error parsing regexp: ', '')}`, { cause: error });
  }
  const size = regex.programSize();
  if (size > largestProgram)
    throw new Error(`too large a pattern (${String(size)} steps; at most ${String(largestProgram)}): write fewer repetitions`);
  return (text, run) => {
    pay(run, text.length > longestSubject ? Infinity : 1 + (text.length * size) / 32);
    return regex.test(text);
  };
}
