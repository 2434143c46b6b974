import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { services } from '#contracts';
import { defaultInternalPort, readVariables, variable, type ServiceStatus } from '#platform';
import { Refusal, startIt } from './explain.ts';
import { loadFiles } from './installation-files.ts';
import { printableJson } from './printable.ts';
import { statusTable, type Answer } from './status-table.ts';

const urls = z
  .string()
  .transform((text) => text.split(',').map((url) => url.trim().replace(/\/$/, '')))
  .pipe(z.array(z.url({ protocol: /^https?$/, error: 'addresses such as http://127.0.0.1:3100, separated by commas' })));

const variables = {
  HITO_SERVICES: variable(urls.default(services.map((service) => `http://127.0.0.1:${String(defaultInternalPort(service))}`)), {
    description: 'for `hito status`: the internal addresses of all services (of all their instances)',
    example: 'http://127.0.0.1:3100,http://127.0.0.1:3101',
  }),
};

/** Asks every service what its tasks are doing. Throws Refusal where none answers. */
export async function status({ json }: { json?: true }): Promise<void> {
  loadFiles();
  const { HITO_SERVICES } = readVariables('hito status', variables);
  const answers = await Promise.all((await Promise.all(HITO_SERVICES.map((url) => processesOf(url)))).flat().map(ask));
  process.stdout.write(json === true ? `${printableJson(answers, 2)}\n` : `${statusTable(answers, Date.now())}\n`);
  if (answers.every((answer) => 'silent' in answer)) throw new Refusal(`No service answers. ${startIt()}`);
}

/**
 * The processes behind an address: a name may stand for several, as that of a headless Service does on Kubernetes. A name that nobody knows
 * stays as it is, and `ask` says so. With https the name is the certificate's: it stays.
 */
export async function processesOf(
  url: string,
  resolve: (name: string) => Promise<readonly LookupAddress[]> = (name) => lookup(name, { all: true }),
): Promise<readonly string[]> {
  const { hostname, protocol } = new URL(url);
  if (protocol !== 'http:' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return [url];
  const found = await resolve(hostname).catch((): readonly LookupAddress[] => []);
  // `localhost` has an address of each family, and both are one process.
  const alike = found.filter(({ family }) => family === found[0]?.family);
  if (alike.length < 2) return [url];
  return alike.map(({ address, family }) => {
    const one = new URL(url);
    one.hostname = family === 6 ? `[${address}]` : address;
    return one.href.replace(/\/$/, '');
  });
}

async function ask(url: string): Promise<Answer> {
  try {
    const response = await fetch(`${url}/status`, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) return { url, silent: `HTTP ${String(response.status)}` };
    return { url, status: (await response.json()) as ServiceStatus };
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return { url, silent: cause?.code ?? (error as Error).message };
  }
}
