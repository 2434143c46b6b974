import { existsSync } from 'node:fs';

/** Variables may stand in these files, the first one first; what the environment says goes before. */
const files = ['.env', '.hito/env'];

export function loadFiles(): void {
  for (const file of files) if (existsSync(file)) process.loadEnvFile(file);
}
