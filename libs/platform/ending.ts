import type { Logger } from '#stream';
import { inspect } from 'node:util';
import { cleaner, type Clean } from './log-line.ts';

/**
 * The last words of a process that ends by an error: one line, with nothing in it that no log may hold. It stands in the log where there
 * is one, else on stderr. Node itself would print every field of the error, rows of the database among them.
 */
export class Ending {
  private readonly service: string;
  private clean: Clean;
  private logger: Pick<Logger, 'error'> | undefined;

  /** `env`: what the secrets are read from until `knows` names the checked ones. */
  constructor(service: string, env: Readonly<Record<string, string | undefined>>) {
    this.service = service;
    this.clean = cleaner(env, () => '[left out]');
  }

  /** From here on an error that nobody caught, a rejection too, ends the process with status 1. */
  watch(): void {
    process.on('uncaughtException', (error: unknown) => {
      this.end(error);
    });
  }

  /** The environment is read, the log is open. */
  knows(clean: Clean, logger: Pick<Logger, 'error'>): void {
    this.clean = clean;
    this.logger = logger;
  }

  /** A text for stderr. */
  cleaned(text: string): string {
    return this.clean(text);
  }

  private end(error: unknown): never {
    try {
      const shown = error instanceof Error ? error : new Error(inspect(error, { depth: 2 }));
      if (this.logger !== undefined) this.logger.error({ error: shown }, 'An error that nobody caught ends the process');
      else this.print(shown.stack ?? shown.message);
    } catch (broken) {
      this.print(`it cannot be shown, for ${broken instanceof Error ? broken.message : typeof broken}`);
    } finally {
      process.exit(1);
    }
  }

  private print(what: string): void {
    const text = this.clean(`${this.service} ends by an error that nobody caught: ${what}`);
    process.stderr.write(`${text.replace(/\s*\n\s*/g, ' | ')}\n`);
  }
}
