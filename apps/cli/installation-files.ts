import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What the local start writes for the commands. */
export const localFile = (): string => join(process.env['HITO_HOME'] || '.hito', 'env');

/** Variables may stand in these files, the first one first; what the environment says goes before. */
const files = (): string[] => ['.env', localFile()];

export function loadFiles(): void {
  for (const file of files()) if (existsSync(file)) process.loadEnvFile(file);
}
