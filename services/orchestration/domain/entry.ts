import { own } from '#facts';

/** How often a play takes a person in. */
export interface Entry {
  /** So long (ms) after it took a person in it takes them in again: 0 is always, Infinity never. */
  readonly everyMs: number;
  /** Its exit lets the person in again. */
  readonly untilExit: boolean;
}
/** A person, as far as plays have taken them in: by play, when it last did, epoch ms. */
export interface TakenIn {
  readonly entered?: Readonly<Record<string, number>>;
}
/** A play, as far as it is about who comes in. */
interface Entered {
  readonly id: string;
  readonly entry: Entry;
}

/** Whether the play takes the person in at `at` (epoch ms). */
export const admits = ({ entered = {} }: TakenIn, { id, entry }: Entered, at: number): boolean =>
  at - (own(entered, id) ?? -Infinity) >= entry.everyMs;

/** The person with this entry remembered, and those forgotten that no play asks for any more. */
export function admitted<P extends TakenIn>(
  person: P,
  { id, entry }: Entered,
  at: number,
  plays: ReadonlyMap<string, Entered>,
): P {
  if (entry.everyMs === 0) return person;
  const asked = Object.entries(person.entered ?? {}).filter(([play, when]) => at - when < (plays.get(play)?.entry.everyMs ?? 0));
  return { ...person, entered: { ...Object.fromEntries(asked), [id]: at } };
}

/** The person as their exits leave them: such plays take them in again. */
export function released<P extends TakenIn>(person: P, exited: readonly Entered[]): P {
  const again = exited.filter(({ id, entry }) => entry.untilExit && own(person.entered ?? {}, id) !== undefined);
  if (again.length === 0) return person;
  const left = Object.entries(person.entered ?? {}).filter(([play]) => !again.some(({ id }) => id === play));
  return { ...person, entered: Object.fromEntries(left) };
}
