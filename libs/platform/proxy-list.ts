import proxyAddr from 'proxy-addr';
import { z } from 'zod';

/** `HITO_TRUSTED_PROXIES`: addresses, networks (CIDR) and the names loopback, linklocal and uniquelocal, separated by commas. */
export const proxyList = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .superRefine((entries, context) => {
    for (const entry of entries)
      if (!isNetwork(entry))
        context.addIssue(
          `"${entry}" is neither an address, nor a network such as 10.0.0.0/8, nor loopback, linklocal or uniquelocal`,
        );
  });

function isNetwork(entry: string): boolean {
  try {
    proxyAddr.compile(entry);
    return entry !== '';
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}
