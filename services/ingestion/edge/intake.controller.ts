import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Inject, Options, Param, Post, Query, Req, Res } from '@nestjs/common';
import { clientAddress } from '#platform';
import { allowOrigins } from './cors.ts';
import { Intake } from './intake.ts';
import { unread } from './routes.ts';

/** The Segment-compatible side: `POST /v1/<type>`; and where RudderStack's browser SDK sends its beacons. */
@Controller(['v1', 'beacon/v1'])
export class IntakeController {
  constructor(@Inject(Intake) private readonly intake: Intake) {}

  @Options(':route')
  preflight(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    allowOrigins(request, response);
    response.writeHead(204).end();
  }

  @Post(':route')
  async take(
    @Param('route') route: string,
    @Query('writeKey') writeKey: unknown,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const answer = unread.has(route)
      ? ({ status: 200, body: { success: true } } as const)
      : await this.intake.take(route, { writeKey, request, client: clientAddress(request) });
    // A client that still writes does not see an answer, so a little of an unwanted body is read away first.
    const complete = await drained(request, 1000);
    allowOrigins(request, response);
    response.setHeader('Content-Type', 'application/json');
    if ('retryAfter' in answer) response.setHeader('Retry-After', String(answer.retryAfter));
    if (!complete) response.setHeader('Connection', 'close');
    response.writeHead(answer.status).end(JSON.stringify(answer.body));
  }
}

/** Reads away what is left of a body, for so many ms at most; true when it ended. */
async function drained(request: IncomingMessage, ms: number): Promise<boolean> {
  if (request.complete || request.destroyed) return request.complete;
  request.resume();
  await once(request, 'end', { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
  return request.complete;
}
