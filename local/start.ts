import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '#platform';
import { chooseInfrastructure } from './infrastructure/index.ts';
import { checkSettings } from './launcher/check-settings.ts';
import { checkTemplates } from './launcher/check-templates.ts';
import { readFlags, usage, type Flags } from './launcher/flags.ts';
import { startAfresh } from './launcher/fresh.ts';
import { homeFolder, openHome } from './launcher/home.ts';
import { Launcher } from './launcher/launcher.ts';
import { takeLock } from './launcher/lock.ts';
import { Memory, nothingKnown } from './launcher/memory.ts';
import { planOf } from './launcher/plan.ts';
import { Problem } from './launcher/problem.ts';
import { display, type Display } from './launcher/progress.ts';
import { root } from './root.ts';

/** `npm start`: see launcher/flags.ts for what may follow. */
async function main(): Promise<number> {
  const flags = readFlags(process.argv.slice(2), Date.now());
  if (flags.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  // What is made from here on, by this process and by those that it starts, is for its owner only.
  process.umask(0o077);
  const file = join(root, '.env');
  if (existsSync(file)) process.loadEnvFile(file);
  checkSettings(process.env);
  const dir = homeFolder();
  mkdirSync(dir, { recursive: true });
  const release = takeLock(dir);
  try {
    return await inHome(dir, flags);
  } finally {
    release();
  }
}

/** With the folder to itself: deletes first if asked to, then starts. What can be found wrong is found before either. */
async function inHome(dir: string, flags: Flags): Promise<number> {
  const { env } = process;
  const show = display(process.stdout);
  const stop = stopOnSignals(show);
  if (flags.fresh) {
    const plan = planOf(flags, nothingKnown, Date.now());
    await checkTemplates(plan.playbook, env);
    await chooseInfrastructure(env);
    await startAfresh(dir, env, (line) => {
      show.line(line);
    });
  }
  openHome(dir);
  const launcher = new Launcher({ dir, flags, memory: new Memory(dir), env, display: show, signal: stop.signal });
  try {
    const code = await launcher.run();
    if (!flags.once) await stop.asked;
    return code;
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  } finally {
    await launcher.stop();
    if (stop.signal.aborted) show.line('stopped');
  }
}

/** Ctrl-C and `npm stop`: `signal` is aborted and `asked` resolves. */
function stopOnSignals(show: Display): { readonly signal: AbortSignal; readonly asked: Promise<void> } {
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
  return { signal: stop.signal, asked };
}

try {
  process.exitCode = await main();
} catch (error) {
  const told = error instanceof Problem || error instanceof EnvironmentError;
  process.stderr.write(`\n${told ? error.message : error instanceof Error ? error.message : String(error)}\n`);
  if (!told && process.env['LOG_LEVEL'] === 'debug') process.stderr.write(`${(error as Error).stack ?? ''}\n`);
  process.exitCode = 1;
}
