import type { LinkSigner } from '../tracking/index.ts';
import type { Address } from './address.ts';

/** The links of one mail, numbered from 0 by first appearance: html and text part have the same number for the same address. */
export class MailLinks {
  readonly #signer: LinkSigner;
  readonly #written = new Map<string, string>();

  constructor(signer: LinkSigner) {
    this.#signer = signer;
  }

  /** The link to write for an address: what is not on the web stays as it is. */
  click({ href, web }: Address): string {
    if (!web) return href;
    const known = this.#written.get(href);
    if (known !== undefined) return known;
    const link = this.#signer.click(href, this.#written.size);
    this.#written.set(href, link);
    return link;
  }
}
