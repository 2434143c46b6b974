import { spawn } from 'node:child_process';
import { root } from '../local/root.ts';

/**
 * Runs a program in the project's folder, with this text on its stdin and these variables beside ours. Gives what it printed on stdout; throws
 * with both streams if it fails.
 */
export function run(
  command: string,
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const printed = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
    // A program that ends without reading its stdin has answered all the same.
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed.out.trim());
      else reject(new Error(`${command} ${args.join(' ')} exited with ${String(code)}:\n${printed.out}${printed.err}`));
    });
    child.stdin.end(input);
  });
}

/** The last line of what a program that failed printed. */
export const lastWord = (error: unknown): string => (error as Error).message.trim().split('\n').at(-1) ?? '';
