import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from './platform.ts';

/** What a drill saw: figures by name, in seconds or in mails, and what does not hold; nothing of it if all is well. */
export interface Seen {
  readonly figures: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

/** A disaster and the way out of it. They run in their order, each on what the former has left. */
export interface Step {
  readonly name: string;
  run(platform: Platform): Promise<Seen>;
}

const patienceMs = 240_000;

/** Waits until it holds; seconds that this took. Throws with these words where it does not. */
export async function until(words: string, holds: () => Promise<boolean> | boolean): Promise<number> {
  const started = performance.now();
  for (let last = ''; ;) {
    const held = await Promise.resolve()
      .then(holds)
      .catch((error: unknown) => {
        last = ` (${error instanceof Error ? error.message : String(error)})`;
        return false;
      });
    if (held) return Math.round(performance.now() - started) / 1_000;
    if (performance.now() - started > patienceMs) throw new Error(`${words}: not within ${String(patienceMs / 1_000)} s${last}`);
    await sleep(200);
  }
}
