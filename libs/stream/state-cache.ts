import type { StoredState } from './store.ts';

/** The states used last, as they stand in the database; belongs to one ownership of a task. */
export class StateCache {
  private readonly states = new Map<string, StoredState>();

  constructor(private readonly limit: number) {}

  get(key: string): StoredState | undefined {
    return this.states.get(key);
  }

  /** Puts what is known of the keys into `found` and gives those that are not, each once. */
  pick(keys: readonly string[], found: Map<string, StoredState>): string[] {
    const missing = new Set<string>();
    for (const key of keys) {
      const state = this.states.get(key);
      if (state === undefined) missing.add(key);
      else found.set(key, state);
    }
    return [...missing];
  }

  /** Only after a confirmed commit. */
  put(states: readonly StoredState[]): void {
    for (const state of states) {
      this.states.delete(state.key);
      this.states.set(state.key, state);
    }
    for (const key of this.states.keys()) {
      if (this.states.size <= this.limit) break;
      this.states.delete(key);
    }
  }

  delete(key: string): void {
    this.states.delete(key);
  }
}
