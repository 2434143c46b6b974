import type { LoggerService } from '@nestjs/common';
import type { Logger } from '#stream';

/** Nest's own lines in the service's log; what Nest tells about its start is debug. */
export class NestLogger implements LoggerService {
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), String(message));
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), String(message));
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(fieldsOf(rest), String(message));
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(fieldsOf(rest), String(message));
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error({ ...fieldsOf(rest), ...(message instanceof Error && { error: message }) }, String(message));
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}

/** Nest gives its context last and, for errors, the stack before it. */
function fieldsOf(rest: readonly unknown[]): object {
  const context = rest.at(-1);
  const stack = rest.length > 1 ? rest[0] : undefined;
  return { ...(typeof context === 'string' && { nest: context }), ...(typeof stack === 'string' && { stack }) };
}
