import { anyHost, isLinkHost } from '#facts';
import { addressesIn, readAddress, type Address } from './address.ts';
import { liquidParts } from './liquid-source.ts';
import { Elsewhere, Unusable } from './unusable.ts';

/** A text in quotes within Liquid, and what joins it to a value. */
const quoted = /(\bprepend:\s*)?(?:"([^"]*)"|'([^']*)')(\s*\|\s*append\b)?/g;
const wanted = 'an http, https, mailto or tel address, or an #anchor';

/**
 * Where the links and pictures of one template may lead. What its author wrote out whole leads there; an address that the author began,
 * host and first slash included, may be ended by a value (`'https://shop.example/orders/' | append: properties.id`). Any other address comes
 * from a value, which whoever holds a public write key may have sent: it must lead to one of `hosts` (the playbook's `links.hosts`). Also an
 * anchor of the mail itself; to a mail program or a telephone no value leads. A playbook that names no hosts lets values lead anywhere
 * (`anyHost`).
 */
export class Destinations {
  readonly #hosts: readonly string[];
  readonly #whole = new Set<string>();
  readonly #begun = new Set<string>();

  /** `sources`: all that the author wrote with Liquid in it; `lines`: those of them that are one address, without quotes around it. */
  constructor(hosts: readonly string[], sources: readonly string[], lines: readonly string[]) {
    this.#hosts = hosts;
    for (const source of [...sources, ...lines])
      for (const { text } of liquidParts(source))
        for (const [, before, double, single, after] of text.matchAll(quoted))
          this.#write(double ?? single ?? '', before !== undefined || after !== undefined);
    for (const line of lines) {
      const [first] = liquidParts(line);
      this.#write(line.replace(/\{[{%].*$/s, ''), first !== undefined);
    }
  }

  #write(text: string, begun: boolean): void {
    const address = readAddress(text.trim());
    if (address === undefined || (begun && !/^https?:\/\/[^/\\?#]+\//i.test(text.trim()))) return;
    (begun ? this.#begun : this.#whole).add(address.href);
  }

  /** The address of a link, for a value at `path`. Throws Unusable for what no mail may lead to, Elsewhere for what this one may not. */
  link(value: unknown, path: string): Address {
    const address = readAddress(value);
    if (address === undefined) throw new Unusable(`${path} (${wanted})`);
    return this.#allowed(address, path);
  }

  /** Where a picture comes from: http or https. Throws likewise. */
  picture(value: unknown): string {
    const address = readAddress(value);
    if (address?.host === undefined) throw new Unusable('src (an http or https address)');
    return this.#allowed(address, 'src').href;
  }

  /** Where a text would lead that a mail program makes links of, if that is none of `hosts`. */
  elsewhere(text: string): string | undefined {
    return addressesIn(text).find((host) => !isLinkHost(host, this.#hosts));
  }

  #allowed(address: Address, path: string): Address {
    const { href, host } = address;
    if (href.startsWith('#') || this.#whole.has(href) || this.#hosts.includes(anyHost)) return address;
    if (host !== undefined && isLinkHost(host, this.#hosts)) return address;
    for (const begun of this.#begun) if (href.startsWith(begun)) return address;
    throw new Elsewhere(path, host ?? new URL(href).protocol);
  }
}
