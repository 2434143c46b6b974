import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { hideSecrets } from '#facts';
import { loadPlaybook } from '#playbook';
import { Refusal } from './explain.ts';
import { localFile } from './installation-files.ts';

/** A value as a command may print it. */
export type Hide = (value: unknown) => unknown;

const variable = 'HITO_PLAYBOOK';
let warned = false;

/**
 * Hides what is secret by its name or as a link, and what these playbooks declare, in any event. Without a playbook it says once, on the
 * standard error, that declared secrets are not known. Throws `Refusal` where a playbook cannot be read: nothing is printed then.
 */
export function withoutSecrets(playbooks: readonly string[] = knownPlaybooks()): Hide {
  if (playbooks.length === 0 && !warned) {
    warned = true;
    process.stderr.write(
      `${variable} is not set: what a playbook declares under secrets: is not known and may be printed. Set it to the playbook of this installation. Secrets by their names and links that let in are hidden.\n`,
    );
  }
  const declared = new Set(playbooks.flatMap(declaredIn));
  return (value) => hideSecrets(value, declared);
}

/** The one of the environment, and the one that the local start runs with: `.env` may name another than `--playbook` did. */
function knownPlaybooks(): string[] {
  const local = existsSync(localFile()) ? parseEnv(readFileSync(localFile(), 'utf8'))[variable] : undefined;
  return [...new Set([process.env[variable], local])].filter((file) => file !== undefined && file !== '') as string[];
}

function declaredIn(file: string): string[] {
  try {
    return loadPlaybook(file).secrets.map(({ property }) => property);
  } catch (error) {
    throw new Refusal(
      `Nothing is printed: the playbook that names the secrets cannot be read. Repair it, or set ${variable} to one that can be.\n${(error as Error).message}`,
    );
  }
}
