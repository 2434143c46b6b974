import { lastWord, run } from '../program.ts';
import type { Tool } from '../tools.ts';

/** Runs `docker …` in the project's folder. Gives what it printed on stdout; throws with both streams if it fails. */
export const docker = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => run('docker', args, { env });

/** Whether the engine has this image or can pull it; otherwise its answer. */
export async function imageProblem(image: string): Promise<string | undefined> {
  const there = await docker(['image', 'inspect', image]).catch(() => undefined);
  if (there !== undefined) return undefined;
  return docker(['pull', '--quiet', image]).then(() => undefined, lastWord);
}

/** What the trials need of this machine. */
export const needs: readonly Tool[] = [
  { command: 'docker', install: 'https://docs.docker.com/engine/install' },
  {
    command: 'docker',
    answers: ['version'],
    install: 'an engine that answers: start one, or set DOCKER_HOST',
  },
  {
    command: 'docker',
    answers: ['compose', 'version', '--short'],
    // `dev` is what one built from its source says.
    says: /^v?(?:dev|2\.(?:2[4-9]|[3-9]\d)|[3-9]|\d\d)\b/u,
    install: 'Compose 2.24 or newer, the plugin docker-compose-plugin',
  },
];
