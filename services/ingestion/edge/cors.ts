import type { IncomingMessage, ServerResponse } from 'node:http';

const usual = 'authorization, content-type, content-encoding, x-retry-count';

/** Lets pages of any origin send: the key is what admits a call, and browsers ask first because they send it in a header. */
export function allowOrigins(request: IncomingMessage, response: ServerResponse): void {
  const asked = request.headers['access-control-request-headers'];
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, OPTIONS');
  response.setHeader('Access-Control-Allow-Headers', asked === undefined ? usual : `${usual}, ${asked}`);
  response.setHeader('Access-Control-Expose-Headers', 'Retry-After');
  response.setHeader('Access-Control-Max-Age', '86400');
}
