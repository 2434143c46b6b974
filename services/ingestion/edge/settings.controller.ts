import { Controller, Get, Inject, Options, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { allowOrigins } from './cors.ts';
import { WRITE_KEYS, basicKey, type WriteKeys } from './write-keys.ts';

/** What a host may look like that is handed back to a browser. */
const plainHost = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/** What browser SDKs ask for before they send: whether there is such a source, and which destinations the page itself sends to. None. */
@Controller()
export class SettingsController {
  constructor(@Inject(WRITE_KEYS) private readonly keys: WriteKeys) {}

  /** Segment's analytics.js. The address to send to is the one that it asked; a page's own `apiHost` goes before it. */
  @Get('v1/projects/:key/settings')
  segment(@Param('key') key: string, @Req() request: Request, @Res() response: Response): void {
    const { host = '' } = request.headers;
    const here = plainHost.test(host) ? { apiHost: `${host}/v1`, protocol: request.protocol } : {};
    const settings = { integrations: { 'Segment.io': { apiKey: key, ...here } } };
    this.answer(this.keys.has(key) ? settings : undefined, request, response);
  }

  /** RudderStack's analytics-js, which sends the key as Basic and in the query. */
  @Get('sourceConfig')
  rudderStack(@Query('writeKey') asked: unknown, @Req() request: Request, @Res() response: Response): void {
    const key = basicKey(request.headers.authorization) ?? (typeof asked === 'string' ? asked : '');
    const name = this.keys.get(key);
    const source = { id: name, name, workspaceId: 'hito', enabled: true, config: {}, destinations: [] };
    this.answer(name === undefined ? undefined : { source }, request, response);
  }

  @Options('sourceConfig')
  preflight(@Req() request: Request, @Res() response: Response): void {
    allowOrigins(request, response);
    response.writeHead(204).end();
  }

  private answer(settings: object | undefined, request: Request, response: Response): void {
    allowOrigins(request, response);
    // Not for shared caches: the answer holds the host that was asked.
    response.set('Cache-Control', settings === undefined ? 'no-store' : 'private, max-age=300');
    if (settings === undefined) response.status(401).json({ success: false, message: 'the write key is missing or unknown' });
    else response.json(settings);
  }
}
