import { hidden, withoutSecretText } from './hide-secrets.ts';
import { isSecretLink } from './secret.ts';

/** What stands in a log for an address of a person. */
const hiddenAddress = '[address]';

const links = /https?:\/\/[^\s<>"'`\\]+/gi;
/** Greedy and without a choice, so linear: what stands around the `@` is looked at word by word. */
const words = /[^\s<>"'`(),;\\[\]]+/g;
/** `file:///x/node_modules/@scope` is no address. */
const address = /[^/@](?:@|%40|＠|﹫)[^@]/i;

/** A text without what must be in no log: addresses of people, links that let in, and values that are secrets by their name. */
export function withoutPersonal(text: string): string {
  const open = /https?:/i.test(text) ? text.replace(links, (link) => (isSecretLink(link) ? hidden : link)) : text;
  const plain = /[@＠﹫]|%40/.test(open) ? open.replace(words, (word) => (address.test(word) ? hiddenAddress : word)) : open;
  return withoutSecretText(plain, new Set());
}
