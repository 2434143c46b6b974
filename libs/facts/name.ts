import { cut, hasVisible, shown } from './text.ts';

/** Longest name of a person, in UTF-16 units. */
export const maxName = 200;

type Traits = Readonly<Record<string, unknown>>;

/**
 * A person's name from their traits: `name`, or where that is empty `firstName` and `lastName` (also `first_name`, `last_name`).
 * Nothing where none of them shows anything.
 */
export function nameOf(traits: Traits): string | undefined {
  const first = part(traits['firstName']) ?? part(traits['first_name']);
  const last = part(traits['lastName']) ?? part(traits['last_name']);
  return part(traits['name']) ?? part([first, last].filter((found) => found !== undefined).join(' '));
}

function part(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Only the beginning of an endless text is looked at; what it loses would be cut off anyway.
  const name = cut(shown(cut(value, maxName * 10)), maxName).trim();
  return hasVisible(name) ? name : undefined;
}
