import { traitsRead } from './condition.ts';

type Traits = Readonly<Record<string, unknown>>;

/** A processor keeps so many bytes of a person's traits, as JSON in UTF-8; a trait that no longer fits is as if it were missing. */
export const traitsLimit = 8_192;

/**
 * The part of a person's traits that a processor keeps: those that its conditions name (all, where one looks at them as a whole), in
 * the order of their names, as far as there is room.
 */
export function traitsKept(conditions: readonly (string | undefined)[]): (traits: Traits) => Traits {
  const read = conditions.flatMap((text) => (text === undefined ? [] : [traitsRead(text)]));
  const all = read.includes('all');
  const names = [...new Set(read.flatMap((of) => (of === 'all' ? [] : [...of])))].sort();
  return (traits) => {
    const wanted = all ? Object.keys(traits).sort() : names.filter((name) => Object.hasOwn(traits, name));
    return wanted.length === 0 ? {} : fitting(wanted, traits);
  };
}

function fitting(names: readonly string[], traits: Traits): Traits {
  let room = traitsLimit;
  const kept = names.filter((name) => {
    const size = Buffer.byteLength(JSON.stringify([name, traits[name]]));
    if (size > room) return false;
    room -= size;
    return true;
  });
  return Object.fromEntries(kept.map((name) => [name, traits[name]]));
}
