import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bearer } from './bearer.ts';

let server: Server;
let url: string;
let asked: { readonly authorization: string | undefined; readonly body: string }[];
let answer: (response: ServerResponse) => void;

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

beforeEach(async () => {
  asked = [];
  answer = (response) => json(200, { access_token: `token-${asked.length}`, expires_in: 100 })(response);
  server = createServer((request: IncomingMessage, response) => {
    void text(request).then((body) => {
      asked.push({ authorization: request.headers.authorization, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const credentials = () => ({ tokenUrl: url, clientId: 'hi:to', clientSecret: 's%cret x', scope: 'kafka' });

describe('a token for the broker', () => {
  test('is asked for once by connections that need it at once, with encoded credentials', async () => {
    const token = bearer(credentials());
    expect(await Promise.all([token(), token(), token()])).toEqual([1, 2, 3].map(() => ({ value: 'token-1' })));
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('hi%3Ato:s%25cret+x').toString('base64')}`,
        body: 'grant_type=client_credentials&scope=kafka',
      },
    ]);
  });

  test('is kept for four fifths of its life, then renewed', async () => {
    let now = 0;
    const token = bearer(credentials(), () => now);
    expect(await token()).toEqual({ value: 'token-1' });
    now = 79_999;
    expect(await token()).toEqual({ value: 'token-1' });
    now = 80_000;
    expect(await token()).toEqual({ value: 'token-2' });
  });

  test('that the server refuses is an error with its code only, and is asked for anew', async () => {
    answer = json(401, { error: 'invalid_client', error_description: 's%cret x is wrong' });
    const token = bearer(credentials());
    await expect(token()).rejects.toThrow(/^http:\S+ gives no token: HTTP 401 invalid_client$/);
    answer = json(200, { access_token: 'later' });
    expect(await token()).toEqual({ value: 'later' });
  });

  test.each([
    ['nothing', (response: ServerResponse) => void response.end()],
    ['a page', (response: ServerResponse) => void response.end('<html>')],
    ['no token', json(200, { access_token: '' })],
    ['a redirect', (response: ServerResponse) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
  ])('that is %s is an error without the secret', async (_, says) => {
    answer = says;
    const problem = await bearer(credentials())().catch((error: unknown) => String(error));
    expect(problem).toMatch(/gives no token|fetch failed/);
    expect(problem).not.toContain('cret');
  });
});
