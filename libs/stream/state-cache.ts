import type { StoredState } from './store.ts';

/**
 * States as they stand in the database, and who has none (null); belongs to one ownership of a task. What came in first goes first.
 */
export class StateCache {
  private readonly states = new Map<string, StoredState | null>();

  constructor(private readonly limit: number) {}

  /** Undefined: not known. */
  get(key: string): StoredState | null | undefined {
    return this.states.get(key);
  }

  /** Only after a confirmed commit. */
  put(states: Iterable<readonly [string, StoredState | null]>): void {
    for (const [key, state] of states) this.states.set(key, state);
    for (const key of this.states.keys()) {
      if (this.states.size <= this.limit) break;
      this.states.delete(key);
    }
  }
}
