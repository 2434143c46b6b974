import { spawn } from 'node:child_process';
import { root } from '../../local/root.ts';

/** Runs `docker …` in the project's folder. Gives what it printed on stdout; throws with both streams if it fails. */
export function docker(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed.out.trim());
      else reject(new Error(`docker ${args.join(' ')} exited with ${String(code)}:\n${printed.out}${printed.err}`));
    });
  });
}

/** Whether the engine has this image or can pull it; otherwise its answer. */
export async function imageProblem(image: string): Promise<string | undefined> {
  const there = await docker(['image', 'inspect', image]).catch(() => undefined);
  if (there !== undefined) return undefined;
  return docker(['pull', '--quiet', image]).then(
    () => undefined,
    (error: unknown) => (error as Error).message.trim().split('\n').at(-1),
  );
}
