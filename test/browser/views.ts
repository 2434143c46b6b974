import type { Email } from 'postal-mime';
import { listPage, mailPage } from '../../apps/inbox/page.ts';
import type { Entry } from '../../apps/inbox/mailbox.ts';
import type { ServiceLine, Status } from '../../local/status/collect.ts';
import { History } from '../../local/status/history.ts';
import { logPage, statusPage } from '../../local/status/page.ts';
import { render } from '../../services/delivery/content/index.ts';
import { loadShop, mailOf, variables } from '../../services/delivery/content/sample.ts';
import { page, type Page } from '../../services/delivery/tracking/pages.ts';

/** Something that a person sees in a browser or a mail program. */
export interface View {
  readonly name: string;
  readonly html: string;
  readonly kind: 'mail' | 'page';
}

/** Every mail of the shop, in both languages, with its name and without. */
export async function mailViews(): Promise<View[]> {
  const templates = await loadShop();
  const names = Object.keys(variables) as (keyof typeof variables)[];
  return names.flatMap((template) =>
    ['en', 'es'].map((locale) => {
      const made = render(templates, mailOf(template, { locale }));
      if (!('html' in made)) throw new Error(`no mail of ${template}: ${JSON.stringify(made)}`);
      return { name: `mail-${template}-${locale}`, html: made.html, kind: 'mail' as const };
    }),
  );
}

const recipientPages: readonly Page[] = [
  { kind: 'ask', category: 'milestone', linkForAll: 'token' },
  { kind: 'ask', category: 'all', linkForAll: undefined },
  { kind: 'done', category: 'milestone' },
  { kind: 'later', category: 'milestone' },
  { kind: 'broken' },
  { kind: 'expired' },
];

const entry: Entry = {
  n: 1,
  from: 'Marea Discos <hello@shop.example>',
  to: ['customer-00004-with-a-long-name@cdnow.example'],
  subject: 'Ana, thank you for your first order',
  date: 'Thu, 01 Jan 1998 10:00:00 +0000',
  message_id: '<c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c@shop.example>',
  received_at: '2026-11-27T10:00:00.000Z',
  size: 9_000,
};

const service: ServiceLine = {
  name: 'delivery',
  service: 'delivery',
  internalUrl: 'http://127.0.0.1:3001',
  up: true,
  notReady: null,
  clock: 'live',
  watermark: '2026-11-27T10:00:00.000Z',
  lagRecords: 1_234,
  waitsFor: ['messages 3'],
  alarms: [],
};
const hour = new History();
for (let minute = 0; minute < 60; minute++)
  hour.add(minute * 60_000, {
    'profile/events': minute * minute,
    'orchestration/decision.sent': minute * 3,
    'sender/outcomes.accepted/first-order/first-order/milestone': minute,
    'stages/stage.active': 1_200 - minute,
    'stages/stage.lapsed': 1_157 + minute,
  });
const status: Status = {
  phase: 'live',
  tallies: new Map(),
  virtual: '2026-11-27T10:00:00.000Z',
  people: 2_357,
  peopleByStage: { active: 1_200, lapsed: 1_157 },
  milestones: 10_051,
  mails: { accepted: 9_980, suppressed: 71 },
  lagRecords: 1_234,
  refused: [{ service: 'ingestion', processor: 'edge', source: 'website', reason: 'no event name', count: 3 }],
  conditions: [{ rule: 'plays/big-order', reason: 'type', count: 4 }],
  suppressed: [
    { reason: 'consent', count: 60 },
    { reason: 'address', count: 11 },
  ],
  breakers: [
    {
      process: 'delivery',
      name: 'smtp',
      open: false,
      since: '2026-11-27T10:00:00.000Z',
      trouble: 'the log-in was refused: 535 5.7.8 no. Mail waits. Put the user and the password of SMTP_URL right',
    },
    { process: 'delivery', name: 'inbox', open: true, since: '2026-11-27T09:00:00.000Z' },
  ],
  services: [
    service,
    { ...service, name: 'scoring', up: false, notReady: 'connection refused' },
    { ...service, name: 'stages', notReady: 'the broker does not answer' },
    { ...service, name: 'milestones', alarms: ['milestones 3: a cursor is outside of the log'] },
  ],
  processes: [
    { name: 'delivery', state: 'running', pid: 4_711, restarts: 1, lastExit: 'signal SIGKILL', logFile: 'delivery.log' },
  ],
  inbox: 'http://127.0.0.1:8025',
};

/** The pages of recipients in each language, of the development inbox, and of the local start. */
export function pageViews(): View[] {
  return pages().map((page) => ({ ...page, kind: 'page' }));
}

function pages(): Omit<View, 'kind'>[] {
  const email = { html: '<p>x</p>', text: 'Thank you, Ana.' } as Email;
  const list = { items: [entry, { ...entry, n: 2, subject: '' }], page: 2, pages: 3, total: 102 };
  return [
    ...recipientPages.flatMap((content, i) =>
      (['en', 'es'] as const).map((language) => ({
        name: `page-${content.kind}${String(i)}-${language}`,
        html: page(language, content),
      })),
    ),
    { name: 'inbox-list', html: listPage(list, { to: 'customer' }) },
    { name: 'inbox-empty', html: listPage({ ...list, items: [], total: 0 }, {}) },
    { name: 'inbox-mail', html: mailPage(entry, email) },
    { name: 'status', html: statusPage(status, ['delivery', 'scoring'], hour) },
    { name: 'log', html: logPage('delivery', '{"level":"info","msg":"Ready"}') },
  ];
}
