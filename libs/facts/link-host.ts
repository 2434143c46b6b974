/**
 * A host that links may lead to, in the one spelling in which it is compared: lower-case A-labels, with a port where it is not the scheme's
 * own. `*.shop.example` stands for all hosts below `shop.example`, not for itself. Nothing for a scheme, a path, an IPv6 address, or a
 * whole top-level domain (`*.example`).
 */
export function linkHost(text: string): string | undefined {
  const wild = text.startsWith('*.');
  const name = text.replace(/^\*\./, '');
  if (!/^[^\s\p{Cc}/\\@?#*:[\]]{1,253}(:\d{1,5})?$/u.test(name)) return undefined;
  const url = URL.parse(`https://${name}/`);
  if (url === null || (wild && (!url.hostname.replace(/\.$/, '').includes('.') || /\.\d+$/.test(url.hostname)))) return undefined;
  const host = hostOf(url);
  return /^\.|\.\./.test(host) || host.startsWith(':') ? undefined : (wild ? '*.' : '') + host;
}

/** The host of an address, in that spelling. The dot of the root domain tells no other host. */
export const hostOf = ({ hostname, port }: URL): string => hostname.replace(/\.$/, '') + (port === '' ? '' : `:${port}`);

/** Stands for every host; nobody can write it. */
export const anyHost = '*';

/** Whether a host, as `hostOf` spells it, is one of these, as `linkHost` spells them. */
export const isLinkHost = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((known) => known === anyHost || (known.startsWith('*.') ? host.endsWith(known.replace(/^\*/, '')) : host === known));
