import { createServer, type Server, type ServerResponse } from 'node:http';
import PostalMime from 'postal-mime';
import { pagePolicy } from '../../local/html.ts';
import { namesThisMachine, notThisMachine } from '../../local/this-machine.ts';
import type { Entry, Mailbox } from './mailbox.ts';
import { listPage, mailPage } from './page.ts';
import { pageOf, search } from './search.ts';

const perPage = 50;
const largestAnswer = 1_000;
/** A mail's HTML may show its own styles and its pictures; it runs nothing and sends nothing. */
const mailPolicy =
  "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; form-action 'none'; base-uri 'none'";

function answer(response: ServerResponse, status: number, type: string, body: string | Buffer, policy = pagePolicy): void {
  response.writeHead(status, {
    'content-type': type,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  response.end(body);
}

const html = (response: ServerResponse, body: string): void => {
  answer(response, 200, 'text/html; charset=utf-8', body);
};
const json = (response: ServerResponse, value: unknown): void => {
  answer(response, 200, 'application/json', JSON.stringify(value));
};

async function showMail(mailbox: Mailbox, response: ServerResponse, entry: Entry, part: string | undefined): Promise<void> {
  const raw = (await mailbox.raw(entry.n)) ?? Buffer.alloc(0);
  if (part === 'raw') {
    answer(response, 200, 'text/plain; charset=utf-8', raw);
    return;
  }
  const mail = await PostalMime.parse(raw);
  if (part === 'html') answer(response, 200, 'text/html; charset=utf-8', mail.html ?? '', mailPolicy);
  else if (part === 'text') answer(response, 200, 'text/plain; charset=utf-8', mail.text ?? '');
  else html(response, mailPage(entry, mail));
}

/**
 * The inbox' pages and its JSON: `/api/mails?to=&message_id=&page=` (newest first, 1,000 a page) and `/api/count?to=`
 * (`count`, `distinct_message_ids`).
 */
async function serve(mailbox: Mailbox, target: string, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(target, 'http://inbox');
  const wanted = { to: searchParams.get('to') ?? undefined, message_id: searchParams.get('message_id') ?? undefined };
  const page = Number(searchParams.get('page') ?? 1);
  if (pathname === '/') {
    html(response, listPage(pageOf(search(mailbox.entries, wanted), page, perPage), wanted));
    return;
  }
  if (pathname === '/api/mails') {
    const { items, ...rest } = pageOf(search(mailbox.entries, wanted), page, largestAnswer);
    json(response, { ...rest, mails: items });
    return;
  }
  if (pathname === '/api/count') {
    const found = search(mailbox.entries, wanted);
    json(response, { count: found.length, distinct_message_ids: new Set(found.map(({ message_id }) => message_id)).size });
    return;
  }
  const [, n, part] = /^\/mails\/(\d+)(?:\/(html|text|raw))?$/.exec(pathname) ?? [];
  const entry = n === undefined ? undefined : mailbox.entries[Number(n) - 1];
  if (entry === undefined) {
    answer(response, 404, 'text/plain; charset=utf-8', `There is no ${pathname} here. The list is at /\n`);
    return;
  }
  await showMail(mailbox, response, entry, part);
}

/** A page of the inbox answers to this machine's own names and to those given: a web site elsewhere cannot read it by a name of its own. */
export const httpServer = (mailbox: Mailbox, names: readonly string[] = []): Server =>
  createServer((request, response) => {
    const host = request.headers.host;
    if (!namesThisMachine(host) && !names.includes((host ?? '').replace(/:\d+$/, ''))) {
      answer(response, 421, 'text/plain; charset=utf-8', notThisMachine);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, 'text/plain; charset=utf-8', 'Only GET.\n');
      return;
    }
    serve(mailbox, request.url ?? '/', response).catch((error: unknown) => {
      process.stderr.write(`inbox: ${String(error)}\n`);
      if (!response.headersSent) answer(response, 500, 'text/plain; charset=utf-8', `${String(error)}\n`);
    });
  });
