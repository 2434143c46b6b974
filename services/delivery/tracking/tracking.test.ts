import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import fc from 'fast-check';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { hits } from '#contracts';
import { ENV, LOGGER, METRICS, RUNTIME, trustProxies } from '#platform';
import { linkSigner } from './link-signer.ts';
import { tokensOf } from './tokens-of.ts';
import { tracking } from './tracking.module.ts';

type Produced = { topic: string; key: string; value: { id: string; kind: string } & Record<string, unknown> };
const signingKey = '0123456789abcdef0123456789abcdef';
const mail = { personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e', messageId: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c' };
const shop = 'https://shop.example/es/pedidos?a=1&b=%C3%B1#top';
const oneClick = 'List-Unsubscribe=One-Click';

let app: INestApplication;
let registry: Registry;
let log: Produced[];
/** What the broker does with a record: takes it, refuses it, or never answers. */
let broker: 'up' | 'refuses' | 'silent';
/** Ends the waiting of a silent broker. */
let release: (() => void)[];
let base: string;
let links: ReturnType<typeof linkSigner>;

beforeEach(async () => {
  log = [];
  release = [];
  broker = 'up';
  registry = new Registry();
  const runtime = {
    async produce(records: Produced[]) {
      if (broker === 'silent') await new Promise<void>((resolve) => release.push(resolve));
      if (broker === 'silent') return;
      if (broker === 'refuses') throw new Error('The broker is away');
      log.push(...records);
      await Promise.resolve();
    },
  };
  const platform = [
    { provide: ENV, useValue: { HITO_SIGNING_KEY: signingKey, HITO_PREFIX: 'test' } },
    { provide: RUNTIME, useValue: runtime },
    { provide: METRICS, useValue: registry },
    { provide: LOGGER, useValue: pino({ level: 'silent' }) },
  ];
  const module = await Test.createTestingModule({
    controllers: tracking.controllers,
    providers: [...platform, ...tracking.providers],
  }).compile();
  app = module.createNestApplication({ bodyParser: false, logger: false });
  await app.listen(0, '127.0.0.1');
  base = await app.getUrl();
  links = linkSigner(tokensOf({ HITO_SIGNING_KEY: signingKey }), base, { ...mail, tracked: true });
});
afterEach(async () => {
  for (const end of release) end();
  await app.close();
});

const get = (url: string, init: RequestInit = {}): Promise<Response> => fetch(url, { redirect: 'manual', ...init });
const post = (url: string, init: RequestInit = {}): Promise<Response> => get(url, { method: 'POST', ...init });
const pixel = (): string => links.open() ?? '';
const tampered = (url: string): string => url.slice(0, -3) + (url.at(-3) === 'A' ? 'B' : 'A') + url.slice(-2);
const lostHits = async (): Promise<number> =>
  (await registry.getSingleMetric('hito_hits_lost_total')?.get())?.values.reduce((sum, { value }) => sum + value, 0) ?? NaN;

async function guarded(response: Response): Promise<Response> {
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  expect(response.headers.get('x-robots-tag')).toBe('noindex, nofollow');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(response.headers.get('set-cookie')).toBeNull();
  return Promise.resolve(response);
}

describe('open', () => {
  test('answers the image and writes a hit as the contract says', async () => {
    const response = await guarded(await get(pixel(), { headers: { 'user-agent': 'Thunderbird' } }));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/gif');
    const image = Buffer.from(await response.arrayBuffer());
    expect([image.subarray(0, 6).toString(), image.readUInt16LE(6), image.readUInt16LE(8)]).toEqual(['GIF89a', 1, 1]);
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({ topic: 'test.hits.v1', key: mail.personId });
    expect(hits.schema.parse(log[0]?.value)).toMatchObject({
      person_id: mail.personId,
      message_id: mail.messageId,
      kind: 'open',
      user_agent: 'Thunderbird',
      ip: '127.0.0.1',
    });
  });

  test('every opening is a hit of its own', async () => {
    await get(pixel());
    await get(pixel());
    expect(new Set(log.map(({ value }) => value.id)).size).toBe(2);
  });

  test.each([
    ['an altered one', () => tampered(pixel())],
    ['nonsense', () => `${base}/t/o/x`],
    ['one made for a click', () => pixel().replace(/[^/]+$/, links.click(shop, 0).split('/').at(-1) ?? '')],
  ])('for %s answers the image all the same and writes nothing', async (_, url) => {
    const response = await guarded(await get(url()));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/gif']);
    expect(log).toEqual([]);
  });
});

describe('the address of a visitor', () => {
  const forwarded = { headers: { 'x-forwarded-for': '198.51.100.7, 203.0.113.9' } };
  const ips = (): unknown[] => log.map(({ value }) => value['ip']);
  const visit = async (): Promise<void> => {
    await get(pixel(), forwarded);
    await get(links.click(shop, 0), forwarded);
    await post(links.unsubscribe('news'), {
      ...forwarded,
      headers: { ...forwarded.headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: oneClick,
    });
  };

  test('is that of the connection where no proxy is trusted, whatever X-Forwarded-For says', async () => {
    await visit();
    expect(ips()).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  test('is the one that a trusted proxy adds, and not what the visitor wrote before it', async () => {
    trustProxies(app, ['127.0.0.0/8']);
    await visit();
    expect(ips()).toEqual(['203.0.113.9', '203.0.113.9', '203.0.113.9']);
  });

  test('is that of the connection where another proxy than this one is trusted', async () => {
    trustProxies(app, ['192.0.2.0/24']);
    await visit();
    expect(ips()).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });
});

describe('click', () => {
  test.each(['a', '%C3%B1', '~'])('reads the longest link that is tracked, of an address made of %s', async (piece) => {
    const address = (n: number): string => `https://shop.example/${piece.repeat(n)}`;
    const isTracked = (n: number): boolean => links.click(address(n), 65_535) !== address(n);
    let longest = 0;
    for (let step = 4_096; step >= 1; step /= 2) if (isTracked(longest + step)) longest += step;
    const link = links.click(address(longest), 65_535);
    expect(link.length).toBeGreaterThan(7_900);
    expect(link.length).toBeLessThanOrEqual(8_000);
    const response = await get(link);
    expect([response.status, response.headers.get('location')]).toEqual([302, address(longest)]);
    expect(log).toHaveLength(1);
  });

  test('leads to the signed address and writes a hit with the number of the link', async () => {
    const response = await guarded(await get(links.click(shop, 3)));
    expect([response.status, response.headers.get('location')]).toEqual([302, shop]);
    expect(hits.schema.parse(log[0]?.value)).toMatchObject({ kind: 'click', link: 3, message_id: mail.messageId });
  });

  test.each([
    ['altered', () => tampered(links.click(shop, 0))],
    ['with an address beside it', () => `${tampered(links.click(shop, 0))}?url=https://evil.example&to=https://evil.example`],
    ['of a pixel', () => pixel().replace('/t/o/', '/t/c/')],
    [
      'of another key',
      () =>
        linkSigner(tokensOf({ HITO_SIGNING_KEY: 'another key as long as the first' }), base, { ...mail, tracked: true }).click(
          'https://evil.example/',
          0,
        ),
    ],
    ['an address for a token', () => `${base}/t/c/${encodeURIComponent('https://evil.example/')}`],
    ['an address in base64', () => `${base}/t/c/${Buffer.from('https://evil.example/').toString('base64url')}`],
    ['much too long', () => `${base}/t/c/${'A'.repeat(9_000)}`],
  ])('redirects nowhere when the token is %s', async (_, url) => {
    const response = await guarded(await get(url()));
    expect(response.status).toBe(404);
    expect(response.headers.get('location')).toBeNull();
    expect(await response.text()).not.toContain('evil');
    expect(log).toEqual([]);
  });

  test('what stands beside the token changes nothing', async () => {
    const response = await get(`${links.click(shop, 0)}?url=https://evil.example`, {
      headers: { 'x-forwarded-host': 'evil.example', referer: 'https://evil.example' },
    });
    expect(response.headers.get('location')).toBe(shop);
  });

  test('a look by HEAD is no click', async () => {
    expect((await get(links.click(shop, 0), { method: 'HEAD' })).status).toBe(302);
    expect(log).toEqual([]);
  });
});

describe('unsubscribe', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('%s changes and writes nothing', async (method) => {
    await get(links.unsubscribe('milestone'), { method });
    expect(log).toEqual([]);
  });

  test.each([
    ['es-MX,es;q=0.9', 'es', 'Dejar de recibir correos', 'correos sobre tus hitos'],
    ['en-GB', 'en', 'Stop getting mails', 'mails about your milestones'],
    ['fr', 'en', 'Stop getting mails', 'mails about your milestones'],
  ])('the page for %s can be read, and has two buttons that POST', async (accept, language, title, kind) => {
    const response = await guarded(await get(links.unsubscribe('milestone'), { headers: { 'accept-language': accept } }));
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain(`<html lang="${language}">`);
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain(kind);
    expect(html.match(/<form method="post"/g)).toHaveLength(2);
    expect(html).not.toMatch(/src=|href=|<script|url\(|https?:/);
  });

  const bodies: [string, RequestInit][] = [
    ['urlencoded', { body: oneClick, headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['multipart', { body: new FormData() }],
    ['none', {}],
    ['a type of its own', { body: oneClick, headers: { 'content-type': 'text/plain' } }],
  ];
  (bodies[1]?.[1].body as FormData).set('List-Unsubscribe', 'One-Click');
  test.each(bodies)('a POST with a body %s acts: 200, no redirect, no cookie', async (_, init) => {
    const response = await guarded(await post(links.unsubscribe('milestone'), init));
    expect(response.status).toBe(200);
    expect(response.headers.get('location')).toBeNull();
    expect(log).toHaveLength(1);
    expect(log[0]).toMatchObject({ topic: 'test.hits.v1', key: mail.personId });
    expect(hits.schema.parse(log[0]?.value)).toMatchObject({
      kind: 'unsubscribe',
      category: 'milestone',
      message_id: mail.messageId,
    });
  });

  test('the same link a second time is a hit of its own: who consented meanwhile means it again', async () => {
    await post(links.unsubscribe('milestone'));
    await post(links.unsubscribe('milestone'));
    expect(new Set(log.map(({ value }) => value.id)).size).toBe(2);
  });

  test("the page's second button stops all mail", async () => {
    const url = links.unsubscribe('milestone');
    const html = await (await get(url)).text();
    const [, action] = /<form method="post" action="([^"]+)"/.exec(html) ?? [];
    const response = await post(new URL(action ?? '', url).href);
    expect(response.status).toBe(200);
    expect(log[0]?.value).toMatchObject({ kind: 'unsubscribe', category: 'all' });
  });

  test('an altered token does nothing', async () => {
    const response = await guarded(await post(tampered(links.unsubscribe('milestone')), { body: oneClick }));
    expect(response.status).toBe(404);
    expect(log).toEqual([]);
  });

  test('a category is printed, never run', async () => {
    const html = await (await get(links.unsubscribe('"><script>alert(1)</script>'))).text();
    expect(html).not.toContain('<script');
    const odd = await (await get(links.unsubscribe('constructor'))).text();
    expect(odd).toContain('constructor');
  });
});

describe('a link that is not followed', () => {
  const refused = async (): Promise<unknown> =>
    (await registry.getSingleMetric('hito_links_refused_total')?.get())?.values.filter(({ value }) => value > 0);

  test('for its age is answered by 410 in the language of the mail, and counted; an unsubscription has no age', async () => {
    const old = linkSigner(tokensOf({ HITO_SIGNING_KEY: signingKey }), base, {
      ...mail,
      tracked: true,
      decidedAt: Date.now() - 732 * 86_400_000,
      language: 'es-MX',
    });
    const response = await guarded(await get(old.click(shop, 0), { headers: { 'accept-language': 'en' } }));
    expect([response.status, response.headers.get('content-language'), response.headers.get('location')]).toEqual([
      410,
      'es',
      null,
    ]);
    expect(await response.text()).toContain('<h1>Este enlace ha caducado</h1>');
    expect((await get(old.open() ?? '')).status).toBe(200);
    expect(log).toEqual([]);
    expect(await refused()).toEqual([
      { labels: { purpose: 'open', reason: 'expired' }, value: 1 },
      { labels: { purpose: 'click', reason: 'expired' }, value: 1 },
    ]);
    expect((await post(old.unsubscribe('milestone'))).status).toBe(200);
    expect(log).toHaveLength(1);
  });

  test('for its key, its form or its purpose is answered by 404 and counted by reason', async () => {
    const others = linkSigner(tokensOf({ HITO_SIGNING_KEY: 'another key as long as the first' }), base, {
      ...mail,
      tracked: true,
    });
    for (const url of [
      others.unsubscribe('milestone'),
      `${base}/t/u/x`,
      tampered(links.unsubscribe('milestone')),
      pixel().replace('/t/o/', '/t/u/'),
    ])
      expect((await get(url)).status).toBe(404);
    expect(await refused()).toEqual(
      ['malformed', 'unknown_key', 'forged', 'other_purpose'].map((reason) => ({
        labels: { purpose: 'unsubscribe', reason },
        value: 1,
      })),
    );
  });

  test('of an old key is followed while the key is in the ring', async () => {
    const before = tokensOf({ HITO_SIGNING_KEY: 'the key of last year long enough' });
    const after = tokensOf({ HITO_SIGNING_KEY: `${signingKey}, the key of last year long enough` });
    const [, token] = /\/t\/c\/(.*)/.exec(linkSigner(before, base, { ...mail, tracked: true }).click(shop, 0)) ?? [];
    expect(after.read('click', token ?? '')).toMatchObject({ url: shop, personId: mail.personId });
    expect(tokensOf({ HITO_SIGNING_KEY: signingKey }).check('click', token ?? '', 0)).toEqual({ refused: 'unknown_key' });
    await Promise.resolve();
  });

  test('of a key that is the last of the ring is followed by a process that still writes with another', () => {
    const [past, present] = ['the key of last year long enough', signingKey];
    const [, token] =
      /\/t\/u\/(.*)/.exec(
        linkSigner(tokensOf({ HITO_SIGNING_KEY: `${present},${past}` }), base, { ...mail, tracked: true }).unsubscribe('news'),
      ) ?? [];
    expect(tokensOf({ HITO_SIGNING_KEY: `${past},${present}` }).read('unsubscribe', token ?? '')).toMatchObject({
      personId: mail.personId,
    });
  });
});

test('a link shows nothing of the person, the mail or where it leads', () => {
  for (const url of [pixel(), links.click(shop, 3), links.unsubscribe('milestone')]) {
    const bytes = Buffer.from(url.split('/').at(-1) ?? '', 'base64url');
    for (const id of [mail.personId, mail.messageId]) {
      expect(bytes.includes(Buffer.from(id.replaceAll('-', ''), 'hex'))).toBe(false);
      expect(url).not.toContain(id);
    }
    expect(bytes.includes('shop.example')).toBe(false);
    expect(bytes.includes('milestone')).toBe(false);
  }
});

describe('while the broker is away', () => {
  test.each(['refuses', 'silent'] as const)('(it %s) an unsubscription is told to come again, and then acts', async (how) => {
    broker = how;
    const url = links.unsubscribe('milestone');
    const response = await guarded(await post(url));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    broker = 'up';
    expect((await post(url)).status).toBe(200);
    expect(log.map(({ value }) => value.kind)).toEqual(['unsubscribe']);
  });

  test('opens and clicks are answered at once and counted as lost', async () => {
    broker = 'refuses';
    expect((await get(pixel())).status).toBe(200);
    expect((await get(links.click(shop, 0))).headers.get('location')).toBe(shop);
    expect(await lostHits()).toBe(2);
    broker = 'silent';
    expect((await get(links.click(shop, 0))).headers.get('location')).toBe(shop);
  });
});

test('an address that is not even a path does no harm', async () => {
  const status = await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    httpRequest({ hostname, port, path: '/t/c/%ff%fe' }, (response) => {
      resolve(response.statusCode);
      response.resume();
    })
      .on('error', reject)
      .end();
  });
  expect([400, 404]).toContain(status);
});

describe('whatever stands where a token should', () => {
  const paths = ['o', 'c', 'u'] as const;
  const methods = ['GET', 'HEAD', 'POST'] as const;
  /** Sends a request line as it is: no client has a say in its spelling. */
  const raw = (method: string, path: string): Promise<{ readonly status: number; readonly location: string | undefined }> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (part: string) => (text += part));
      socket.on('error', reject).on('close', () => {
        resolve({
          status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
          location: /^location: (.*)\r$/im.exec(text)?.[1],
        });
      });
      const length = method === 'POST' ? 'Content-Length: 0\r\n' : '';
      socket.write(Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${length}Connection: close\r\n\r\n`, 'latin1'));
    });
  const spelled = (bytes: Buffer): string[] => [
    bytes.toString('base64url'),
    bytes.toString('base64'),
    `${bytes.toString('base64url')}=`,
    bytes.toString('hex'),
    [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
    bytes.toString('latin1').replace(/[^!-~\x80-\xff]/g, ''),
  ];

  test('is answered, leads nowhere and writes nothing unless it is the token itself', async () => {
    const ours = [links.open() ?? '', links.click(shop, 1), links.unsubscribe('milestone')].map(
      (url) => url.split('/').at(-1) ?? '',
    );
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 120 }).map((some) => Buffer.from(some)),
      // One of ours with a byte changed, cut, or lengthened.
      fc
        .tuple(fc.constantFrom(...ours), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.constantFrom('change', 'cut', 'add'))
        .map(([token, at, by, how]) => {
          const all = Buffer.from(token, 'base64url');
          if (how === 'cut') return all.subarray(0, 1 + (at % (all.length - 1)));
          if (how === 'add') return Buffer.concat([all, Buffer.from([by])]);
          const changed = Buffer.from(all);
          changed[at % all.length] = (changed[at % all.length] ?? 0) ^ by;
          return changed;
        }),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.nat(), fc.constantFrom(...paths), fc.constantFrom(...methods), async (some, n, kind, method) => {
        const spellings = spelled(some);
        const { status, location } = await raw(method, `/t/${kind}/${spellings[n % spellings.length] ?? ''}`);
        expect(status).toBeLessThan(500);
        expect(location).toBeUndefined();
        expect(log).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['in another spelling of its last bits', (token: string) => token.slice(0, -1) + next(token.slice(-1))],
    ['with padding', (token: string) => `${token}=`],
    ['twice', (token: string) => token + token],
    ['with a blank within', (token: string) => `${token.slice(0, 9)}%20${token.slice(9)}`],
    ['with a line break within', (token: string) => `${token.slice(0, 9)}%0D%0A${token.slice(9)}`],
    ['with a NUL behind it', (token: string) => `${token}%00`],
    ['in the other alphabet', (token: string) => Buffer.from(token, 'base64url').toString('base64').replaceAll('/', '%2F')],
  ])('is no token of ours %s', async (_, spell) => {
    for (const [kind, url] of [
      ['c', links.click(`${shop}?${'~'.repeat(200)}`, 1)],
      ['u', links.unsubscribe('milestone')],
    ] as const) {
      const token = url.split('/').at(-1) ?? '';
      const other = spell(token);
      if (other === token) continue;
      const { status, location } = await raw(kind === 'u' ? 'POST' : 'GET', `/t/${kind}/${other}`);
      expect([status, location]).toEqual([404, undefined]);
    }
    expect(log).toEqual([]);
  });

  test("the page's buttons work where a mail program has put a slash behind the link", async () => {
    const url = `${links.unsubscribe('milestone')}/`;
    const response = await get(url);
    const html = await response.text();
    const [, action] = /<form method="post" action="([^"]+)"/.exec(html) ?? [];
    expect((await post(new URL(action ?? '', url).href)).status).toBe(200);
    expect((await post(url)).status).toBe(200);
    expect(log.map(({ value }) => value['category'])).toEqual(['all', 'milestone']);
  });
});

/** The next letter of base64url: of a token's last one, often another spelling of the same bytes. */
function next(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet.charAt((alphabet.indexOf(letter) + 1) % alphabet.length);
}
