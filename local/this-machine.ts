/** Whether a name or address, as it stands in a URL, is this machine's own. */
export const isThisMachine = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(hostname);

/**
 * Whether a request's `Host` names this machine. A page of the web whose name was made to point here (DNS rebinding) is told apart by
 * its own name; the port is free, for tunnels change it.
 */
export const namesThisMachine = (host: string | undefined): boolean =>
  host !== undefined && isThisMachine(host.replace(/:\d{1,5}$/, ''));

/** What others get, with 421 (misdirected request). */
export const notThisMachine = 'Only by http://127.0.0.1 or http://localhost.\n';
