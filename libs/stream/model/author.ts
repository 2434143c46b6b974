import { cut, wellFormed } from '#facts';
import { printed } from './json.ts';
import type { AnyProcessor } from './processor.ts';
import type { StoredState } from './store.ts';

// What authors of processors write is called through here: it may throw, or answer with anything.

/** ECMAScript's last instant, epoch ms. */
const lastInstant = 8.64e15;

/**
 * When a state's timer fires, in whole ms, never before `wakeAt` says; undefined: never, which is also said by an instant that no
 * calendar reaches. Throws where `wakeAt` throws or its answer is no instant.
 */
export function timerOf(processor: AnyProcessor, state: unknown, rules: unknown): number | undefined {
  const at: unknown = processor.wakeAt?.(state, rules);
  if (at === undefined || at === null) return undefined;
  if (typeof at !== 'number' || !(at >= -lastInstant))
    throw new TypeError(
      `wakeAt answered ${typeof at === 'number' ? String(at) : `a ${typeof at}`}: it has to be an instant in ms, or undefined`,
    );
  return at > lastInstant ? undefined : Math.ceil(at);
}

/** The state in this build's form; `unreadable` says why it cannot be. */
export function upgraded({ name, version: newest, upgrades }: AnyProcessor, stored: StoredState): StoredState {
  let { version, state } = stored;
  if (stored.unreadable !== undefined || version === newest) return stored;
  try {
    for (; version < newest; version++) {
      const upgrade = upgrades?.[version];
      if (upgrade === undefined) throw new Error(`${name} has no upgrade from state version ${String(version)}`);
      state = upgrade(state as never);
    }
    printed(state as object);
  } catch (error) {
    return { ...stored, unreadable: `its upgrade from version ${String(version)} threw: ${reasonOf(error)}` };
  }
  return { ...stored, version, state };
}

/** What a decision or a worker counts, as the table holds it; throws where a count is no whole number. */
export function counters(tally: Readonly<Record<string, number>>): Record<string, number> {
  const counts = Object.create(null) as Record<string, number>;
  for (const [name, by] of Object.entries(tally)) {
    if (!Number.isSafeInteger(by)) throw new TypeError(`the tally ${name} moves by ${String(by)}, which is no whole number`);
    const plain = counterName(name);
    counts[plain] = (counts[plain] ?? 0) + by;
  }
  return counts;
}

/** The name of a durable counter as the table holds it: not empty, no control characters, at most 200 characters. */
function counterName(name: string): string {
  if (plain.test(name)) return name;
  // eslint-disable-next-line no-control-regex -- they cannot be stored, or separate what is sent as one list
  return cut(wellFormed(name).replaceAll(/[\u0000-\u001f]/g, ' '), 200) || '(no name)';
}

const plain = /^[ -~]{1,200}$/;

/** What an error says, for a dead letter, an alarm or a log. */
export const reasonOf = (error: unknown): string => short(error instanceof Error ? error.message : String(error));

/** The same with where it was thrown. */
export const traceOf = (error: unknown): string => short((error instanceof Error ? error.stack : undefined) ?? String(error));

/** Text that a header of the broker and a column of the database take. */
export const short = (text: string): string => cut(wellFormed(text), 2_000);
