import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import PostalMime from 'postal-mime';
import { personId } from '#contracts';
import type { CollectedSpan } from './collector.ts';
import { Installation, type Call } from './installation.ts';

/** A whole installation, live, that strangers send what they like. Each trial has people of its own; none may disturb the next. */

let hito: Installation;
let controls = 0;

beforeAll(async () => {
  hito = await Installation.start();
});

afterAll(async () => {
  await hito.stop();
});

const identify = (userId: string, traits: object, more: object = {}): Call => ({ type: 'identify', userId, traits, ...more });
const track = (userId: string, event: string, properties: object = {}): Call => ({ type: 'track', userId, event, properties });
const reset = (userId: string, reset_url = 'https://shop.example/r'): Call =>
  track(userId, 'Password Reset Requested', { reset_url });

/** Sixteen people nobody has heard of, over all partitions, ask for a mail and get it: nothing stands still. */
async function everybodyElseIsServed(): Promise<void> {
  const round = (controls += 1);
  const people = Array.from({ length: 16 }, (_, i) => `control-${String(round)}-${String(i)}`);
  await hito.send(...people.flatMap((id) => [identify(id, { email: `${id}@one.example` }), reset(id)]));
  for (const id of people) await hito.mailed(`${id}@one.example`);
}

/** What was decided about a person's play: the last word of it. */
const decided = (userId: string, play: string, word?: string): Promise<unknown> =>
  hito
    .recorded(
      'messages',
      ({ value }) =>
        value?.['person_id'] === personId(userId) &&
        (value['candidate'] as { play: string }).play === play &&
        (word === undefined || value['decision'] === word),
    )
    .then(({ value }) => `${String(value?.['decision'])} ${String(value?.['reason'])}`);

describe('one bad record never stops anything else', () => {
  test('a name that a cut would tear in the middle of an emoji reaches its person', async () => {
    await hito.send(identify('torn', { email: 'torn@one.example', name: `${'a'.repeat(199)}😀` }), reset('torn'));
    await hito.mailed('torn@one.example');
    await everybodyElseIsServed();
  });

  test('halves of surrogate pairs and NUL in every field stop nobody', async () => {
    const dirty = 'a\ud800\u0000\udc00b';
    await hito.send(
      identify('dirty', { email: 'dirty@one.example', name: dirty, [dirty]: dirty }),
      {
        type: 'track',
        userId: dirty,
        event: dirty,
        messageId: dirty,
        properties: { [dirty]: [dirty] },
        context: { [dirty]: dirty },
      },
      { type: 'track', anonymousId: dirty, event: 'Receipt Wanted', properties: { product: dirty } },
      track('dirty', 'Receipt Wanted', { product: dirty }),
    );
    await hito.mailed('dirty@one.example');
    await everybodyElseIsServed();
  });

  test('names that every object has stop nobody and count as what they are', async () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    const strange = JSON.parse(`{${names.map((name) => `"${name}":{"x":1}`).join(',')}}`) as object;
    await hito.send(
      identify('names', { ...strange, email: 'names@one.example' }),
      ...names.map((name) => track('names', name, strange)),
      track('names', 'Order Completed', { ...strange, revenue: 120, currency: 'USD' }),
    );
    expect(await hito.mailed('names@one.example')).toContain('120.00');
    await everybodyElseIsServed();
  });

  test('traits of a megabyte stop nobody', async () => {
    for (let i = 0; i < 4; i += 1)
      await hito.send(identify('huge', { email: 'huge@one.example', [`big${String(i)}`]: 'x'.repeat(240_000) }));
    for (let i = 0; i < 60; i += 1) await hito.send(identify('huge', { [`small${String(i)}`]: i }));
    await hito.send(reset('huge'));
    await hito.mailed('huge@one.example');
    await everybodyElseIsServed();
  });

  test('a small body that unpacks to millions of items is refused as one', async () => {
    const bomb = gzipSync(`{"batch":[${'1,'.repeat(2_600_000)}1]}`);
    const before = (await hito.read('ingestion.dead-letters')).length;
    const answer = await hito.post(new Uint8Array(bomb), { 'content-encoding': 'gzip' });
    expect(answer.status).toBeLessThan(500);
    await everybodyElseIsServed();
    expect((await hito.read('ingestion.dead-letters')).length - before).toBeLessThanOrEqual(1);
  });
});

describe('an operator', () => {
  test('holds all mail by pausing the sender, and each held mail leaves once after task resume', async () => {
    const people = Array.from({ length: 6 }, (_, i) => `held-${String(i)}`);
    const address = (id: string) => `${id}@one.example`;
    await hito.hito('task', 'pause', 'sender', 'all', '--reason', 'a wrong mail', '--yes');
    while (!/sender .*paused: a wrong mail/.test(await hito.hito('status'))) await sleep(300);
    await hito.send(...people.flatMap((id) => [identify(id, { email: address(id) }), reset(id)]));
    for (const id of people) expect(await decided(id, 'reset', 'sent')).toMatch(/^sent/);
    // Without the pause a mail takes less than a second from here.
    await sleep(3_000);
    expect(people.flatMap((id) => hito.mailsFor(address(id)))).toEqual([]);
    await hito.hito('task', 'resume', 'sender', 'all', '--yes');
    for (const id of people) await hito.mailed(address(id));
    await everybodyElseIsServed();
    expect(people.map((id) => hito.mailsFor(address(id)).length)).toEqual(people.map(() => 1));
  });
});

describe('a mail says what we say, to whom we say', () => {
  test('an address with letters that latin1 turns into line ends gets no mail and makes no header', async () => {
    await hito.send(identify('inject', { email: 'x@evil.exampleĊSubject:Injected' }), reset('inject'));
    await hito.recorded('profiles', ({ value }) => value?.['user_id'] === 'inject' && value['email'] === undefined);
    await everybodyElseIsServed();
    expect(hito.smtp.taken.filter(({ text }) => /inject/i.test(text))).toEqual([]);
  });

  test('encoded words, very long subjects and joiners arrive as they were sent', async () => {
    const product = `=?utf-8?B?V2luIGF0IGV2aWwuZXhhbXBsZQ==?= می‌خواهم 👨‍👩‍👧‍👦 ${'x'.repeat(1_500)}`;
    await hito.send(identify('words', { email: 'words@one.example' }), track('words', 'Receipt Wanted', { product }));
    const raw = await hito.mailed('words@one.example');
    const mail = await PostalMime.parse(Buffer.from(raw, 'latin1'));
    expect(mail.to?.map(({ address }) => address)).toEqual(['words@one.example']);
    expect(mail.subject).toContain('=?utf-8?B?V2luIGF0IGV2aWwuZXhhbXBsZQ==?= می‌خواهم 👨‍👩‍👧‍👦');
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  test('addresses with odd but right spellings get their mail at that address', async () => {
    const people = [
      ['odd-idn', 'odd@bücher.example', 'odd@xn--bcher-kva.example'],
      ['odd-signs', "odd.o'brien+shop/1=x!#$%&*?^_`{|}~@one.example", "odd.o'brien+shop/1=x!#$%&*?^_`{|}~@one.example"],
    ] as const;
    await hito.send(...people.flatMap(([id, email]) => [identify(id, { email }), reset(id)]));
    for (const [, , address] of people) await hito.mailed(address);
  });

  test('a reset link of 2,100 characters arrives whole', async () => {
    const link = `https://shop.example/reset/${'a'.repeat(2_070)}`;
    await hito.send(identify('long', { email: 'long@one.example' }), reset('long', link));
    const mail = await PostalMime.parse(Buffer.from(await hito.mailed('long@one.example'), 'latin1'));
    expect(mail.text).toContain(link);
    expect(mail.html).toContain(link);
  });

  test("a stranger's reset link is in no mail, however it is spelled", async () => {
    const spelled = [
      ...[
        'https://evil.example/login',
        'https://shop.example@evil.example/',
        'https://evil.example\\@shop.example.evil.example/',
      ],
      ...['ht\ttps://evil.example/', 'HTTPS://EVIL.EXAMPLE./', 'mailto:eve@evil.example', 'https://shop.example.evil.example/'],
    ];
    for (const [n, link] of spelled.entries())
      await hito.send(identify(`led-${String(n)}`, { email: `led-${String(n)}@one.example` }), reset(`led-${String(n)}`, link));
    for (const [n] of spelled.entries()) {
      const { value } = await hito.recorded(
        'outcomes',
        (record) => record.value?.['person_id'] === personId(`led-${String(n)}`) && record.value['outcome'] === 'failed',
      );
      expect(String(value?.['reason'])).toMatch(/^(foreign_link: .*leads to|missing_required_variable: cta\.url)/);
      expect(hito.mailsFor(`led-${String(n)}@one.example`)).toEqual([]);
    }
    await everybodyElseIsServed();
  });

  test('a link to a script is in no mail', async () => {
    await hito.send(identify('script', { email: 'script@one.example' }), reset('script', ' java\tscript:alert(1)//https://'));
    await everybodyElseIsServed();
    expect(hito.mailsFor('script@one.example').filter((text) => /java\s*script:/i.test(text))).toEqual([]);
  });
});

describe('no is heard', () => {
  const hour = 3_600_000;
  const at = (offset: number): object => ({ timestamp: new Date(Date.now() + offset).toISOString() });
  const heard = async (userId: string): Promise<void> => {
    await hito.send(track(userId, 'News Wanted'));
    expect(await decided(userId, 'news')).toBe('dropped opt_out');
    expect(hito.mailsFor(`${userId}@one.example`)).toEqual([]);
  };

  test('a person who said nothing gets news', async () => {
    await hito.send(identify('silent', { email: 'silent@one.example' }), track('silent', 'News Wanted'));
    await hito.mailed('silent@one.example');
  });

  test.each([
    ['from a clock that is behind', -hour, -2 * hour],
    ['behind an identify from a clock that is ahead', hour, 0],
    ['from a clock that is ahead', 0, 24 * hour],
    ['in an import with its true date', 0, -365 * 24 * hour],
  ])('an opt-out %s counts', async (_, first, second) => {
    const id = `late-${String(first)}-${String(second)}`;
    await hito.send(identify(id, { email: `${id}@one.example`, consents: { all: true } }, at(first)));
    await hito.send(identify(id, { consents: { all: false } }, at(second)));
    await heard(id);
  });

  test.each([
    ['the text "false"', { consents: { news: 'false' } }],
    ['zero', { consents: { news: 0 } }],
    ['"no" to all', { consents: { all: 'no' } }],
    ['unsubscribed: true', { unsubscribed: true }],
    ['another letter case', { consents: { News: false } }],
    ['a word nobody knows', { consents: { news: 'quizás' } }],
  ])('an opt-out said as %s counts', async (spelling, traits) => {
    const id = `spelled-${spelling.replaceAll(/[^a-z]/g, '')}`;
    await hito.send(identify(id, { email: `${id}@one.example`, ...traits }));
    await heard(id);
  });

  test("an opt-out in Segment's context.consent counts", async () => {
    const context = { consent: { categoryPreferences: { news: false } } };
    await hito.send(identify('segment', { email: 'segment@one.example' }, { context }));
    await heard('segment');
  });
});

describe('who is who', () => {
  test('undefined, null and their like are nobody, and their calls are counted as refused', async () => {
    const nobody = ['undefined', 'NULL', ' NaN ', '[object Object]', '0', '-1', 'true', '00000000-0000-0000-0000-000000000000'];
    await hito.send(
      ...nobody.map((id) => identify(id, { email: `nobody-${String(nobody.indexOf(id))}@one.example` })),
      ...nobody.map((id) => reset(id)),
      identify('somebody', { email: 'somebody@one.example' }),
      reset('somebody'),
    );
    await hito.mailed('somebody@one.example');
    await everybodyElseIsServed();
    expect(hito.smtp.taken.filter(({ to }) => to.startsWith('nobody-'))).toEqual([]);
    expect(await hito.hito('dead-letters', 'ls')).toContain('nobody_id');
  });

  test('empty arrays of PHP, types in capitals and traits in the context are taken', async () => {
    await hito.send(
      { type: 'IDENTIFY', userId: 'php', context: { traits: { email: 'php@one.example' } }, traits: [] },
      { type: 'Track', userId: 'php', event: 'News Wanted', properties: [] },
    );
    await hito.mailed('php@one.example');
  });
});

describe('the mailbox counts, not the id', () => {
  test('two people with one address get one mail a day', async () => {
    await hito.send(
      identify('web', { email: 'both@one.example' }),
      identify('app', { email: 'Both@One.example' }),
      track('web', 'News Wanted'),
      track('app', 'News Wanted'),
    );
    await decided('web', 'news');
    await decided('app', 'news');
    await everybodyElseIsServed();
    await everybodyElseIsServed();
    expect(hito.smtp.taken.filter(({ to }) => to.toLowerCase() === 'both@one.example')).toHaveLength(1);
  });

  test('one click silences the address for every id that has it', async () => {
    await hito.send(
      identify('first', { email: 'shared@one.example' }),
      identify('second', { email: 'shared@one.example' }),
      track('first', 'News Wanted'),
    );
    const mail = await PostalMime.parse(Buffer.from(await hito.mailed('shared@one.example'), 'latin1'));
    const header = mail.headers.find(({ key }) => key === 'list-unsubscribe')?.value ?? '';
    const url = /<(http[^>]+)>/.exec(header)?.[1] ?? '';
    expect((await fetch(url, { method: 'POST', body: 'List-Unsubscribe=One-Click' })).status).toBe(200);
    await hito.recorded(
      'outcomes',
      ({ value }) => value?.['outcome'] === 'unsubscribed' && value['person_id'] === personId('first'),
    );
    await everybodyElseIsServed();
    await hito.send(track('second', 'News Wanted'));
    await decided('second', 'news');
    await everybodyElseIsServed();
    expect(hito.mailsFor('shared@one.example')).toHaveLength(1);
  });
});

test('one trace leads from the call of an SDK to the reply of the mail server', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spans = (): CollectedSpan[] => hito.collector.spans.filter((span) => span.traceId === traceId);
  await hito.post(JSON.stringify({ batch: [identify('traced', { email: 'traced@one.example' }), reset('traced')] }), {
    traceparent: `00-${traceId}-b7ad6b7169203331-00`,
  });
  await hito.mailed('traced@one.example');
  while (!spans().some(({ name }) => name === 'sender mail')) await sleep(100);
  /** The names from a span up to the call. */
  const way = ({ name, parentSpanId }: CollectedSpan): string[] => {
    const above = spans().find(({ spanId }) => spanId === parentSpanId);
    return [name, ...(above === undefined ? [] : way(above))];
  };
  const mail = spans().find(({ name }) => name === 'sender mail') as CollectedSpan;
  let found: string[] = [];
  while ((found = way(mail)).at(-1) !== 'POST /v1/batch') await sleep(100);
  expect(found).toEqual([
    'sender mail',
    'delivery messages.v1',
    'orchestration events.v1',
    'profile identified.v1',
    'identity collected.v1',
    'POST /v1/batch',
  ]);
  const { value } = await hito.recorded('messages', (one) => one.value?.['person_id'] === personId('traced'));
  expect((value?.['candidate'] as { trace: string }).trace).toContain(traceId);
});

test('no log and no span holds an address, a secret link, a key or a password, at debug level', async () => {
  const link = 'https://shop.example/r?token=quoted-secret';
  const quoting = (code: string, line: string): string => `${code} ${/<([^>]*)>/.exec(line)?.[1] ?? ''} was sent ${link}`;
  const asked = new Set<string>();
  // Once for each command: replies that blame us, that blame nobody, and that end the line, each with the address and a link in it.
  hito.smtp.answer = (line) => {
    if (!line.includes('quoted-') || asked.has(line)) return undefined;
    asked.add(line);
    return quoting(line.includes('quoted-us') ? '550 5.7.1' : line.includes('quoted-later') ? '451 4.3.0' : '421 4.7.0', line);
  };
  const people = ['quoted-us', 'quoted-later', 'quoted-bye'];
  const secret = { password: 'quoted-secret', reset_url: link };
  await hito.send(...people.flatMap((id) => [identify(id, { email: `${id}@one.example`, ...secret }), reset(id, link)]));
  await hito.post(
    `{"batch":[{"type":"identify","userId":"quoted-body","traits":{"email":"quoted@one.example","password":"quoted-secret"`,
  );
  await hito.send({ type: 'identify', traits: { email: 'quoted@one.example', ...secret } });
  while (asked.size < people.length) await sleep(100);
  await hito.mailed('quoted-bye@one.example');
  const logs = hito.logs();
  expect([...logs.values()].join('')).toMatch(/"level":20,/);
  expect(logs.get('delivery.log')).toContain('was sent [secret]');
  for (const [file, log] of logs) expect([file, /quoted-secret|quoted(?:-\w+)?@/.exec(log)?.[0]]).toEqual([file, undefined]);
  expect(JSON.stringify(hito.collector.spans)).not.toMatch(/quoted-secret|quoted(?:-\w+)?@|@one\.example/);
  const secrets = hito.secrets();
  expect([...logs.keys()]).toEqual(expect.arrayContaining(['ingestion.log', 'orchestration.log', 'delivery.log']));
  expect([...secrets.keys()]).toEqual(expect.arrayContaining(['signing', 'write', 'database-delivery']));
  for (const [file, log] of logs) {
    expect([file, /@one\.example|shop\.example\/r/.exec(log)?.[0]]).toEqual([file, undefined]);
    for (const [name, secret] of secrets) expect([file, name, log.includes(secret)]).toEqual([file, name, false]);
  }
});
