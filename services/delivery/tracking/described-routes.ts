import type { Route } from '#reference';

const page = 'text/html';
const parameters = {
  token: 'The signed token that the mail carries. It holds person, mail and purpose; nothing else can be asked for.',
};
const refused = {
  404: { meaning: 'The token was altered or cut, or is of an unknown key. A page says so.', type: page },
  410: { meaning: 'The token is too old. A page says so.', type: page },
};
const of = (method: Route['method'], path: string, summary: string, answers: Route['answers']): Route => ({
  method,
  path,
  side: 'public',
  service: 'delivery',
  summary,
  parameters,
  answers,
});

/** The public side of delivery, for recipients of mails. */
export const trackingRoutes: readonly Route[] = [
  of('get', '/t/o/{token}', 'The open pixel.', {
    200: { meaning: 'A transparent image, whatever the token is.', type: 'image/gif' },
  }),
  of('get', '/t/c/{token}', 'A link of a mail.', {
    302: { meaning: 'To the address that was signed into the link.', headers: { Location: 'The address.' } },
    ...refused,
  }),
  of('get', '/t/u/{token}', 'The page that asks whether to unsubscribe. It changes nothing.', {
    200: { meaning: 'A page with a button.', type: page },
    ...refused,
  }),
  of('post', '/t/u/{token}', 'Unsubscribes at once (RFC 8058). The body is not read.', {
    200: { meaning: 'The broker has it. A page says so.', type: page },
    ...refused,
    503: { meaning: 'The broker does not take it now: try again.', type: page, headers: { 'Retry-After': 'Seconds to wait.' } },
  }),
];
