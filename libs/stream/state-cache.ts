import type { StoredState } from './store.ts';

/** States as they stand in the database; belongs to one ownership of a task. What came in first goes first. */
export class StateCache {
  private readonly states = new Map<string, StoredState>();

  constructor(private readonly limit: number) {}

  get(key: string): StoredState | undefined {
    return this.states.get(key);
  }

  /** Those of the keys whose states are not known, each once. */
  missing(keys: readonly string[]): string[] {
    const missing = new Set<string>();
    for (const key of keys) if (!this.states.has(key)) missing.add(key);
    return [...missing];
  }

  /** Only after a confirmed commit. */
  put(states: readonly StoredState[]): void {
    for (const state of states) this.states.set(state.key, state);
    for (const key of this.states.keys()) {
      if (this.states.size <= this.limit) break;
      this.states.delete(key);
    }
  }

  delete(key: string): void {
    this.states.delete(key);
  }
}
