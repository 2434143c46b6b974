import { isNobody } from './ids.ts';
import { hasPlaceholder, saysNoValue } from './placeholder.ts';
import { cut, hasVisible, shown } from './text.ts';

/** Longest name of a person, in UTF-16 units. */
export const maxName = 200;

type Traits = Readonly<Record<string, unknown>>;

const fields = ['name', 'firstName', 'first_name', 'lastName', 'last_name'] as const;

/**
 * A person's name from their traits: `name`, or where that is empty `firstName` and `lastName` (also `first_name`, `last_name`).
 * Nothing where none of them shows anything, or where a program wrote it (`readName`).
 */
export function nameOf(traits: Traits): string | undefined {
  const [name, first, alsoFirst, last, alsoLast] = fields.map((field) => part(traits[field]));
  return whole(name) ?? whole([first ?? alsoFirst, last ?? alsoLast].filter((found) => found !== undefined).join(' '));
}

/** Whether traits hold a text for a name that is none: words of programs, placeholders that nobody filled in. */
export const nameUnreadable = (traits: Traits): boolean =>
  fields.some((field) => {
    const line = lineOf(traits[field]);
    return line !== undefined && (field === 'name' ? readName(line) : part(line)) !== line;
  });

/**
 * A name to greet with, of a text that may be one: one visible line without words that programs print for no value (`Ana undefined`).
 * Nothing where a placeholder is left in it (`{{ first_name }}`, `*|FNAME|*`), where it is a word for nobody (`N/A`, `Guest`), or signs only.
 */
export const readName = (text: string): string | undefined => whole(part(text));

function part(value: unknown): string | undefined {
  const line = lineOf(value);
  if (line === undefined || saysNoValue(line) || hasPlaceholder(line)) return undefined;
  const said = line
    .split(' ')
    .filter((word) => !saysNoValue(word))
    .join(' ');
  return hasVisible(said) && !hasPlaceholder(said) && !namesNobody(said) ? said : undefined;
}

/** The line that a trait shows; nothing where it shows none. */
function lineOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Only the beginning of an endless text is looked at; what it loses would be cut off anyway.
  const line = cut(shown(cut(value, maxName * 10)), maxName).trim();
  return hasVisible(line) ? line : undefined;
}

/** A first name may be Guest or 2Pac; a whole name is neither `Guest` nor `12`. */
const whole = (name: string | undefined): string | undefined =>
  name === undefined || name === '' || /^[!-@[-`{-~\s]+$/.test(name) || alone.has(name.toLowerCase()) ? undefined : name;
const alone: ReadonlySet<string> = new Set(['guest', 'visitor', 'customer', 'valued customer']);

/** Words for nobody that are also names of people; written as a name, with its first letter large, each is one. */
const alsoNames: ReadonlySet<string> = new Set([
  'null',
  'nil',
  'nan',
  'na',
  'infinity',
  'true',
  'test',
  'guest',
  'visitor',
  'example',
]);

function namesNobody(name: string): boolean {
  const word = name.toLowerCase();
  if (alsoNames.has(word) && /^\p{Lu}\p{Ll}+$/u.test(name)) return false;
  return isNobody(name) || isNobody(name.replaceAll(' ', '_')) || /^(?:n\/a\s*)+$/.test(word);
}
