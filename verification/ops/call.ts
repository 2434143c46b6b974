import { spawn } from 'node:child_process';

interface Called {
  readonly code: number;
  readonly output: string;
}

/** Runs a program in a folder; its exit code, and what it printed on both streams. A program that cannot be started is an error. */
function call(command: string, args: readonly string[], cwd: string): Promise<Called> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString().trim() });
    });
  });
}

/** The problems of a program that exits with 0 if there are none: else what it printed. */
export async function problemsOf(command: string, args: readonly string[], cwd: string): Promise<readonly string[]> {
  const { code, output } = await call(command, args, cwd);
  return code === 0 ? [] : [output === '' ? `${command} ${args.join(' ')} exited with ${code}` : output];
}
