import type { LinkSigner } from '../tracking/index.ts';
import { Unusable } from './unusable.ts';

const longest = 2_000;

/** An address that a mail may link to: http or https, without a password in it. Throws Unusable for all others. */
export function webUrl(value: unknown, path: string): string {
  const url = typeof value === 'string' && value.length <= longest ? URL.parse(value) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Unusable(`${path} (an http or https address)`);
  }
  return url.href;
}

/** The links of one mail, numbered from 0 by first appearance: html and text part have the same number for the same address. */
export class MailLinks {
  readonly #signer: LinkSigner;
  readonly #written = new Map<string, string>();

  constructor(signer: LinkSigner) {
    this.#signer = signer;
  }

  click(url: string): string {
    const known = this.#written.get(url);
    if (known !== undefined) return known;
    const link = this.#signer.click(url, this.#written.size);
    this.#written.set(url, link);
    return link;
  }
}
