import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { EnvironmentError } from '#platform';
import { readFlags } from './launcher/flags.ts';
import { startAfresh } from './launcher/fresh.ts';
import { homeFolder, openHome } from './launcher/home.ts';
import { Launcher } from './launcher/launcher.ts';
import { takeLock } from './launcher/lock.ts';
import { Memory } from './launcher/memory.ts';
import { Problem } from './launcher/problem.ts';
import { display } from './launcher/progress.ts';
import { root } from './root.ts';

/** `npm start`: see launcher/flags.ts for what may follow. */
async function main(): Promise<number> {
  const flags = readFlags(process.argv.slice(2), Date.now());
  const file = join(root, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  const env = process.env;
  const show = display(process.stdout);
  const dir = homeFolder(env);
  mkdirSync(dir, { recursive: true });
  const release = takeLock(dir);
  const stop = new AbortController();
  const asked = new Promise<void>((resolve) => {
    stop.signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!stop.signal.aborted) show.line('\nstopping');
      stop.abort();
    });
  try {
    if (flags.fresh)
      await startAfresh(dir, env, (line) => {
        show.line(line);
      });
    openHome(dir);
    const launcher = new Launcher({ dir, flags, memory: new Memory(dir), env, display: show, signal: stop.signal });
    try {
      const code = await launcher.run();
      if (!flags.once) await asked;
      return code;
    } catch (error) {
      if (stop.signal.aborted) return 130;
      throw error;
    } finally {
      await launcher.stop();
      if (stop.signal.aborted) show.line('stopped');
    }
  } finally {
    release();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const told = error instanceof Problem || error instanceof EnvironmentError;
  process.stderr.write(`\n${told ? error.message : error instanceof Error ? error.message : String(error)}\n`);
  if (!told && process.env['LOG_LEVEL'] === 'debug') process.stderr.write(`${(error as Error).stack ?? ''}\n`);
  process.exitCode = 1;
}
