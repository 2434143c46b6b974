import { reasonOf, timerOf, upgraded } from '../model/author.ts';
import { kindOf } from '../model/data-error.ts';
import type { FoldResult } from './fold.types.ts';
import { changeOf, printedState, whole } from './listed.ts';
import type { Ownership } from './ownership.ts';
import type { StoredState } from '../model/store.ts';
import { Fenced } from '../model/worker.ts';

type Rows = FoldResult['states'];

/**
 * The rules are others: a timer may have to fire earlier than its column says. Sets those of the next portion of people, and says in
 * `owned.retiming` how far it has come.
 */
export async function retimeSome(owned: Ownership): Promise<void> {
  const { processor, lane, partition, store, tuning } = owned.context;
  const portion = await whole(owned.context, await store.scan(lane, partition, owned.retiming ?? '', tuning.retimed));
  const last = portion.at(-1);
  if (last === undefined) {
    owned.retiming = undefined;
    return;
  }
  const states = portion.flatMap((stored) => retimed(owned, upgraded(processor, stored)));
  if (states.length > 0) await rewrite(owned, states);
  owned.retiming = last.key;
}

/** Where the database refuses one of them, that person's timer stays as it was. */
async function rewrite(owned: Ownership, states: Rows): Promise<void> {
  try {
    await owned.commit({ states });
    owned.rewritten(states);
  } catch (error) {
    if (error instanceof Fenced || kindOf(error) !== 'data') throw error;
    const half = states.length >> 1;
    if (half > 0) {
      await rewrite(owned, states.slice(0, half));
      await rewrite(owned, states.slice(half));
    } else
      owned.context.logger.error(
        { task: owned.origin.name, person_id: states[0]?.key, error: reasonOf(error) },
        'the database refuses a state under the new rules; its timer stays as it was',
      );
  }
}

/** The row under the new rules, where it is another. */
function retimed({ context, origin, rules }: Ownership, stored: StoredState): Rows {
  if (stored.unreadable !== undefined) return [];
  const wakeAt = ((): number | null => {
    try {
      return timerOf(context.processor, stored.state, rules.rules) ?? null;
    } catch (error) {
      // Due at once: there it becomes a dead letter.
      context.logger.warn({ task: origin.name, error: reasonOf(error) }, 'wakeAt threw under the new rules');
      return 0;
    }
  })();
  if (wakeAt === stored.wakeAt) return [];
  const state = stored.state as object;
  const { text } = printedState(context.processor, state);
  return [{ ...stored, wakeAt, state, text, ...changeOf(context.processor, stored.rows, state) }];
}
