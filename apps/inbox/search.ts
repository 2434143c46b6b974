import type { Entry } from './mailbox.ts';

export interface Search {
  /** A part of a recipient's address. */
  readonly to?: string | undefined;
  readonly message_id?: string | undefined;
}

/** The mails that match, newest first. */
export function search(entries: readonly Entry[], { to, message_id }: Search): Entry[] {
  const part = to?.trim().toLowerCase() ?? '';
  const id = message_id?.trim().replace(/^<|>$/g, '') ?? '';
  return entries
    .filter(
      (entry) =>
        (part === '' || entry.to.some((address) => address.toLowerCase().includes(part))) &&
        (id === '' || entry.message_id === id),
    )
    .reverse();
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** Page 1 is the first; one outside the range becomes the nearest. */
export function pageOf<Item>(items: readonly Item[], wanted: number, size: number): Page<Item> {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const page = Math.min(Math.max(1, Number.isInteger(wanted) ? wanted : 1), pages);
  return { items: items.slice((page - 1) * size, page * size), page, pages, total: items.length };
}
