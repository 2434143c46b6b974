import { fileURLToPath } from 'node:url';
import { linkSigner, tokensOf } from '../tracking/index.ts';
import type { RenderInput, Templates } from './content.types.ts';
import { loadTemplates } from './load.ts';

export const shopTemplates = fileURLToPath(new URL('../../../examples/shop/templates', import.meta.url));
export const postalAddress = 'Marea Discos, Calle Mayor 1, 28013 Madrid';
export const loadShop = (): Promise<Templates> =>
  loadTemplates(shopTemplates, { postalAddress, defaultLocale: 'es', linkHosts: ['shop.example'] });

const aggregates = {
  count: 12,
  sum_minor: 123_456,
  currency: 'USD',
  first_at: '1997-01-01T02:00:00.000Z',
  last_at: '1998-01-02T12:00:00.000Z',
  local_date: '1998-01-01',
};

/** What orchestration sends, by template. */
export const variables = {
  welcome: {
    kind: 'count',
    milestone: 'orders-1',
    occurrence: '1',
    value: 1,
    threshold: 1,
    aggregates: { ...aggregates, count: 1 },
  },
  count: {
    kind: 'count',
    milestone: 'orders-10',
    occurrence: '1',
    value: 10,
    threshold: 10,
    aggregates: { ...aggregates, count: 10 },
  },
  spend: { kind: 'sum', milestone: 'spend-1000', occurrence: '1', value: 123_456, threshold: 100_000, aggregates },
  anniversary: {
    kind: 'anniversary',
    milestone: 'first-purchase-anniversary',
    occurrence: '1',
    value: 1,
    threshold: 1,
    aggregates,
  },
  'win-back': { stage: 'lapsed', from: 'active', since: '1997-10-01T12:00:00.000Z', quiet_ms: 7_776_000_000 },
  'password-reset': {
    event: 'Password Reset Requested',
    properties: { reset_url: 'https://shop.example/reset?token=s3cret&lang=es' },
  },
} as const;

export const tokens = tokensOf({ HITO_SIGNING_KEY: 'a key for tests and for tests only' });
const mail = { personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e', messageId: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c' };
const publicUrl = 'https://mail.shop.example';

/** A mail to Ana in Madrid, decided at 11:00 there on 1 January 1998; change what the test is about. */
export function mailOf(template: keyof typeof variables, change: Partial<RenderInput> & { tracked?: boolean } = {}): RenderInput {
  const { tracked = true, ...rest } = change;
  return {
    template,
    variables: variables[template],
    locale: 'es-ES',
    zone: 'Europe/Madrid',
    name: 'Ana',
    category: template === 'password-reset' ? 'transactional' : 'milestone',
    legal: template === 'password-reset',
    ...mail,
    decidedAt: Date.parse('1998-01-01T10:00:00Z'),
    links: linkSigner(tokens, publicUrl, { ...mail, tracked }),
    ...rest,
  };
}

/** What a reader sees of html. */
export const visible = (html: string): string =>
  html
    .replace(/<!--[\s\S]*?-->|<(style|title)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
    .trim();
