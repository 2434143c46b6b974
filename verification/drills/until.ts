import { setTimeout as sleep } from 'node:timers/promises';

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
