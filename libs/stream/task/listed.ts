import { reasonOf } from '../model/author.ts';
import { textBytes } from '../model/bytes.ts';
import { printed } from '../model/json.ts';
import type { AnyProcessor } from '../model/processor.ts';
import type { RowChange, Store, StoredItem, StoredRows, StoredState } from '../model/store.ts';

// A list of a state whose items lie in rows of their own (`Processor.list`): a transaction writes what is new, not the whole list. In the
// state's own text stands how many items there are.

/** Bytes of an item's text. An item never changes, so that it is printed once for each time it is written. */
const sizes = new WeakMap<object, number>();

/** A state as its table holds it. */
interface Printed {
  readonly text: string;
  /** Of the text and of all items. */
  readonly bytes: number;
  /** The state as the text says it, where a text in it was not well-formed. */
  readonly clean?: object;
}

/** Throws where the state is no JSON, or its list is none. */
export function printedState({ list, name }: AnyProcessor, state: object): Printed {
  if (list === undefined) {
    const { text, clean } = printed(state);
    return { text, bytes: textBytes(text), ...(clean !== undefined && { clean }) };
  }
  const given = itemsOf(list, state);
  if (given === undefined) throw new TypeError(`${list} of the state of ${name} is no list`);
  let bytes = 0;
  let cleaned: object[] | undefined;
  for (const [n, item] of given.entries()) {
    let size = sizes.get(item);
    if (size === undefined) {
      const { text, clean } = printed(item);
      size = textBytes(text);
      if (clean !== undefined) (cleaned ??= [...given])[n] = clean;
      sizes.set(clean ?? item, size);
    }
    bytes += size;
  }
  const items = cleaned ?? given;
  const head = printed({ ...state, [list]: items.length });
  const clean = head.clean ?? (cleaned === undefined ? undefined : state);
  return {
    text: head.text,
    bytes: bytes + textBytes(head.text),
    ...(clean !== undefined && { clean: { ...clean, [list]: items } }),
  };
}

/** What becomes of the rows of a state. Only a list that lost items from its front and got new ones behind keeps rows. */
export function changeOf(
  { list }: AnyProcessor,
  { from, items }: StoredRows = nothing,
  state: object | undefined,
): { readonly rows?: StoredRows; readonly change?: RowChange } {
  if (list === undefined) return {};
  const after = (state && itemsOf(list, state)) ?? [];
  const found = after[0] === undefined ? -1 : items.indexOf(after[0]);
  const kept = found === -1 ? [] : items.slice(found);
  const goesOn = kept.length <= after.length && kept.every((item, n) => item === after[n]);
  const stays = goesOn ? kept.length : 0;
  const first = from + items.length - stays;
  const added = after.slice(stays).map((item, n) => ({ n: first + stays + n, text: printed(item).text }));
  const change = { ...(first > from && { below: first }), added };
  return { rows: { from: first, items: after }, ...((first > from || added.length > 0) && { change }) };
}

/** States with the items that lie in rows of their own. Where rows are missing, the state cannot be read. */
export async function whole(
  {
    store,
    processor,
    lane,
    partition,
  }: { readonly store: Store; readonly processor: AnyProcessor; readonly lane: string; readonly partition: number },
  loaded: readonly StoredState[],
): Promise<readonly StoredState[]> {
  const { list } = processor;
  if (list === undefined) return loaded;
  const keys = loaded.flatMap(({ key, state }) => ((countOf(list, state) ?? 0) > 0 ? [key] : []));
  const rows = keys.length === 0 ? noRows : await store.items(lane, partition, keys);
  return loaded.map((stored) => joined(list, stored, rows.get(stored.key) ?? []));
}

function joined(list: string, stored: StoredState, rows: readonly StoredItem[]): StoredState {
  const count = countOf(list, stored.state);
  if (count === undefined) return stored;
  const from = rows[0]?.n ?? 0;
  if (rows.length !== count || rows.some(({ n }, place) => n !== from + place))
    return {
      ...stored,
      state: undefined,
      unreadable: `${list} has ${String(count)} items, and ${String(rows.length)} rows hold them`,
    };
  try {
    let { bytes } = stored;
    const items = rows.map(({ text }) => {
      const item = JSON.parse(text) as object;
      const size = textBytes(text);
      sizes.set(item, size);
      bytes += size;
      return item;
    });
    return { ...stored, state: { ...(stored.state as object), [list]: items }, bytes, rows: { from, items } };
  } catch (error) {
    return { ...stored, state: undefined, unreadable: `an item of ${list} is no JSON: ${reasonOf(error)}` };
  }
}

const noRows: ReadonlyMap<string, readonly StoredItem[]> = new Map();
const nothing: StoredRows = { from: 0, items: [] };

/** How many items lie in rows of their own; undefined where the list still stands in the state's text. */
function countOf(list: string, state: unknown): number | undefined {
  const count = (state as Readonly<Record<string, unknown>> | undefined)?.[list];
  return typeof count === 'number' ? count : undefined;
}

function itemsOf(list: string, state: object): readonly object[] | undefined {
  const items = (state as Readonly<Record<string, unknown>>)[list];
  return Array.isArray(items) ? (items as readonly object[]) : undefined;
}
