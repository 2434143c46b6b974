import type { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';

/** Answers do not name the software that made them (`X-Powered-By`). */
export const withoutServerName = ({ httpAdapter }: HttpAdapterHost): void => {
  httpAdapter.getInstance<Express>().disable('x-powered-by');
};
