import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { valueOf } from '../environment.ts';

const host = '127.0.0.1';

/** The port if it can be bound now (0: any free one), else undefined. */
const bindable = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });

/** Ports of the local start: what the user asked for, else the remembered one, else a free one. */
export interface Ports {
  /**
   * `variable` names the environment variable by which a user can insist. A port insisted on and taken is an error; a remembered
   * one that is taken now is replaced and the new one remembered.
   */
  take(name: string, variable?: string): Promise<number>;
}

export function portsOf(dir: string, env: NodeJS.ProcessEnv = process.env): Ports {
  const file = join(dir, 'ports.json');
  const known: Record<string, number> = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>)
    : {};
  const given = new Set<number>();
  const keep = (name: string, port: number): number => {
    given.add(port);
    known[name] = port;
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(known, null, 2));
    renameSync(`${file}.new`, file);
    return port;
  };
  return {
    async take(name, variable) {
      const wanted = variable === undefined ? undefined : valueOf(env, variable);
      if (variable !== undefined && wanted !== undefined) {
        const port = Number(wanted);
        if (!Number.isInteger(port) || port < 1 || port > 65_535)
          throw new Error(`${variable}=${wanted} is not a port. Give a number from 1 to 65535.`);
        if ((await bindable(port)) === undefined)
          throw new Error(
            `Port ${wanted} (${variable}) is taken. End what uses it (lsof -i :${wanted} shows it), choose another, or leave ${variable} unset for a free one.`,
          );
        return keep(name, port);
      }
      const remembered = known[name];
      if (remembered !== undefined && !given.has(remembered) && (await bindable(remembered)) !== undefined)
        return keep(name, remembered);
      for (;;) {
        const port = await bindable(0);
        if (port === undefined) throw new Error(`No port could be bound on ${host}. Is the loopback interface up?`);
        if (!given.has(port) && !Object.values(known).includes(port)) return keep(name, port);
      }
    },
  };
}
