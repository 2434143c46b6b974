import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { services, type Service } from '#contracts';

export interface Keys {
  /** Signs links, hashes person ids in logs. */
  readonly signing: string;
  /** What a client of ingestion shows. */
  readonly write: string;
  /** Of the services' database roles. */
  readonly passwords: Readonly<Record<Service, string>>;
}

/** The installation's secrets, made at the first start and kept in `keys/` for their owner only. */
export function keysOf(dir: string): Keys {
  const key = (name: string): string => {
    const file = join(dir, 'keys', name);
    if (!existsSync(file)) {
      writeFileSync(`${file}.new`, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
      renameSync(`${file}.new`, file);
    }
    return readFileSync(file, 'utf8').trim();
  };
  const passwords = Object.fromEntries(services.map((service) => [service, key(`database-${service}`)])) as Record<
    Service,
    string
  >;
  return { signing: key('signing'), write: key('write'), passwords };
}
