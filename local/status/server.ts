import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pagePolicy } from '../html.ts';
import { logFileOf, tailOf } from '../process/launch.ts';
import { namesThisMachine, notThisMachine } from '../this-machine.ts';
import { chartedCounts } from './charts.ts';
import { collectStatus, type Status, type StatusSource } from './collect.ts';
import { History } from './history.ts';
import { LastSeen } from './last-seen.ts';
import { logPage, statusPage } from './page.ts';

const withMaps = (_name: string, value: unknown): unknown => (value instanceof Map ? Object.fromEntries(value) : value);

export interface StatusServer {
  readonly url: string;
  stop(): Promise<void>;
}

const headers = { 'content-security-policy': pagePolicy, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

const logsOf = (dir: string): string[] =>
  existsSync(join(dir, 'logs'))
    ? readdirSync(join(dir, 'logs'))
        .filter((file) => file.endsWith('.log'))
        .map((file) => file.slice(0, -4))
        .sort()
    : [];

/** How often the counters are read for the charts while nobody looks, ms. */
const sampleMs = 20_000;

/** Serves the status page, `/status.json` and `/logs/<process>` on the loopback interface. */
export async function statusServer(dir: string, port: number, source: StatusSource): Promise<StatusServer> {
  const seen = new LastSeen();
  const history = new History();
  const look = async (): Promise<Status> => {
    const status = await collectStatus(source, seen);
    history.add(Date.now(), chartedCounts(status.tallies));
    return status;
  };
  const sampling = setInterval(() => void look(), sampleMs);
  const answer = async (target: string): Promise<{ readonly status: number; readonly type: string; readonly body: string }> => {
    const { pathname } = new URL(target, 'http://status');
    if (pathname === '/')
      return { status: 200, type: 'text/html; charset=utf-8', body: statusPage(await look(), logsOf(dir), history) };
    if (pathname === '/status.json')
      return { status: 200, type: 'application/json', body: JSON.stringify(await look(), withMaps, 2) };
    const name = decodeURIComponent(/^\/logs\/([^/]+)$/.exec(pathname)?.[1] ?? '');
    if (logsOf(dir).includes(name))
      return { status: 200, type: 'text/html; charset=utf-8', body: logPage(name, tailOf(logFileOf(dir, name), 500)) };
    return { status: 404, type: 'text/plain; charset=utf-8', body: `There is no ${pathname} here. The status is at /\n` };
  };
  const server = createServer((request, response) => {
    if (!namesThisMachine(request.headers.host)) {
      response.writeHead(421, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end(notThisMachine);
      return;
    }
    answer(request.url ?? '/').then(
      ({ status, type, body }) => response.writeHead(status, { ...headers, 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500, { ...headers, 'content-type': 'text/plain' }).end(`${String(error)}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String(port)}/`,
    stop: () =>
      new Promise((resolve) => {
        clearInterval(sampling);
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
