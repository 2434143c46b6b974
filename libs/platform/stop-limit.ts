import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from '#stream';

/** Bounds an orderly stop: past the limit the process ends as if killed, which the runtime survives too. */
export class StopLimit implements BeforeApplicationShutdown {
  private readonly limitMs: number;
  private readonly logger: Logger;

  constructor(limitMs: number, logger: Logger) {
    this.limitMs = limitMs;
    this.logger = logger;
  }

  beforeApplicationShutdown(signal?: string): void {
    if (signal === undefined) return;
    this.logger.info({ signal, limitMs: this.limitMs }, 'Stopping');
    setTimeout(() => {
      this.logger.error({ limitMs: this.limitMs }, 'The orderly stop took too long; ending as if killed');
      process.exit(1);
    }, this.limitMs).unref();
  }
}
