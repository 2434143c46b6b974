import { lastWord, run } from '../program.ts';

/** Runs `docker …` in the project's folder. Gives what it printed on stdout; throws with both streams if it fails. */
export const docker = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> => run('docker', args, { env });

/** Whether the engine has this image or can pull it; otherwise its answer. */
export async function imageProblem(image: string): Promise<string | undefined> {
  const there = await docker(['image', 'inspect', image]).catch(() => undefined);
  if (there !== undefined) return undefined;
  return docker(['pull', '--quiet', image]).then(() => undefined, lastWord);
}
