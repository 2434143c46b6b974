import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long calls of one body, or records of one fetch, may be judged in one go, ms. */
const turnMs = 5;

/** Items with their places; after each turn others that are under way have theirs. */
export async function* inTurns<Item>(items: Iterable<Item>): AsyncGenerator<readonly [item: Item, index: number]> {
  let index = 0;
  let turn = performance.now();
  for (const item of items) {
    yield [item, index];
    index += 1;
    if (performance.now() - turn < turnMs) continue;
    await nextTurn();
    turn = performance.now();
  }
}
