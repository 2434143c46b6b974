import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '#contracts';
import { Refusal } from './explain.ts';
import { baseVariables, placeOf, readVariables } from '#platform';

/** Grafana and Postgres read their own password as users of their images: the folder keeps these from others. */
const ofOthers = 0o644;

/**
 * Makes the secrets of an installation that are missing in a folder, one file each, and keeps those that are there: keys, passwords, and
 * the DATABASE_URL of the administrator and of each service. `database` is host:port/name. Prints the write key, which SDKs need.
 */
export function keysMake(folder: string, { database }: { readonly database: string }): void {
  const { HITO_PREFIX: prefix } = readVariables('hito keys make', { HITO_PREFIX: baseVariables.HITO_PREFIX });
  if (!/^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?\/[\w-]+$/i.test(database))
    throw new Refusal(`--database ${database}: give host:port/name, such as postgres:5432/hito. It is written into URLs.`);
  mkdirSync(folder, { recursive: true });
  const kept = (name: string, make: () => string, mode = 0o600): string => {
    const file = join(folder, name);
    if (!existsSync(file)) {
      writeFileSync(`${file}.new`, make(), { mode });
      renameSync(`${file}.new`, file);
    }
    return readFileSync(file, 'utf8').trim();
  };
  const random = (): string => randomBytes(24).toString('base64url');
  kept('signing-key', random);
  kept('grafana-password', random, ofOthers);
  const admin = kept('postgres-password', random, ofOthers);
  kept('database-url', () => `postgres://postgres:${admin}@${database}`);
  for (const service of services)
    kept(`database-url-${service}`, () => `postgres://${placeOf(prefix, service)}:${random()}@${database}`);
  const writeKeys = kept('write-keys', () => `compose:${random()}`);
  process.stdout.write(`SDKs send events with the write key ${writeKeys.slice(writeKeys.indexOf(':') + 1)}\n`);
}
