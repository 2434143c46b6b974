import type { StoredState } from '../model/store.ts';

/** An entry, besides its state and its key: also to know that somebody has no state costs memory. */
const entryBytes = 200;

/**
 * States as they stand in the database, and who has none (null); belongs to one ownership of a task. What came in first goes first.
 * Bounded in bytes of text, the state that came in last included: one state may be as large as its processor allows.
 */
export class StateCache {
  private readonly states = new Map<string, StoredState | null>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Undefined: not known. */
  get(key: string): StoredState | null | undefined {
    return this.states.get(key);
  }

  /** Only after a confirmed commit. */
  put(states: Iterable<readonly [string, StoredState | null]>): void {
    for (const [key, state] of states) {
      this.forget(key);
      this.states.set(key, state);
      this.bytes += cost(key, state);
    }
    for (const key of this.states.keys()) {
      if (this.bytes <= this.maxBytes) break;
      this.forget(key);
    }
  }

  private forget(key: string): void {
    const before = this.states.get(key);
    if (before === undefined) return;
    this.bytes -= cost(key, before);
    this.states.delete(key);
  }
}

const cost = (key: string, state: StoredState | null): number => entryBytes + key.length + (state?.bytes ?? 0);
