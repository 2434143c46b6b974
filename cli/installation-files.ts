import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Variables may stand in these files, the first one first; what the environment says goes before. The second is the local start's. */
const files = (): string[] => ['.env', join(process.env['HITO_HOME'] ?? '.hito', 'env')];

export function loadFiles(): void {
  for (const file of files()) if (existsSync(file)) process.loadEnvFile(file);
}
