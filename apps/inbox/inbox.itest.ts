import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../local/root.ts';
import { answerTo } from '../../local/testing/answer-to.ts';
import { startInbox, type Inbox } from './inbox.ts';
import { Mailbox } from './mailbox.ts';

let dir: string;
let inbox: Inbox | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hito-inbox-'));
});
afterEach(async () => {
  await inbox?.stop();
  inbox = undefined;
  rmSync(dir, { recursive: true, force: true });
});
const start = async (): Promise<Inbox> => (inbox = await startInbox({ dir, smtpPort: 0, httpPort: 0 }));
const mail = (i: number, to = `person-${String(i)}@example.test`): object => ({
  from: 'Tienda <shop@example.test>',
  to,
  messageId: `<${String(i)}@example.test>`,
  subject: `¡Año ${String(i)}!`,
  text: `Hola ${String(i)} <b>`,
  html: `<p>Hola ${String(i)}</p><script>alert(1)</script>`,
});
const get = async (url: string): Promise<string> => (await fetch(url)).text();
const count = async (of: Inbox, query = ''): Promise<unknown> => (await fetch(`${of.httpUrl}/api/count${query}`)).json();

test('what was answered 250 is on disk, indexed and shown', async () => {
  const { smtpUrl, httpUrl } = await start();
  const transport = createTransport(smtpUrl);
  await transport.sendMail(mail(1));
  await transport.sendMail(mail(2));
  expect(readdirSync(dir).sort()).toEqual(['1.eml', '2.eml', 'index.jsonl']);
  expect(await get(httpUrl)).toContain('¡Año 2!');
  const page = await get(`${httpUrl}/mails/1`);
  expect(page).toContain('Hola 1 &lt;b&gt;');
  expect(page).toContain('sandbox="allow-popups"');
  expect(page).not.toContain('<script>');
  const part = await fetch(`${httpUrl}/mails/1/html`);
  expect(part.headers.get('content-security-policy')).toMatch(/^sandbox allow-popups; default-src 'none'/);
  expect(await get(`${httpUrl}/mails/1/raw`)).toBe(readFileSync(join(dir, '1.eml'), 'utf8'));
  expect(await get(`${httpUrl}/api/mails?message_id=2@example.test`)).toContain('"total":1');
  expect(await get(`${httpUrl}/?to=%22%3E%3Cscript%3E`)).not.toContain('<script>');
  expect((await fetch(`${httpUrl}/mails/3`)).status).toBe(404);
});

test('a page of another name that was made to point here (DNS rebinding) reads nothing', async () => {
  const { smtpUrl, httpUrl } = await start();
  await createTransport(smtpUrl).sendMail({ ...mail(1), text: 'https://shop.example/reset/SECRET' });
  const asked = (path: string, host: string): Promise<string> => answerTo(httpUrl + path, host);
  expect(await asked('/mails/1/text', new URL(httpUrl).host)).toContain('SECRET');
  for (const path of ['/', '/mails/1', '/mails/1/text', '/mails/1/html', '/mails/1/raw', '/api/mails', '/api/count'])
    expect(await asked(path, 'evil.example')).toBe('421 Only by http://127.0.0.1 or http://localhost.\n');
});

test('folder, mails and index are for their owner only', async () => {
  chmodSync(dir, 0o755);
  const { smtpUrl } = await start();
  await createTransport(smtpUrl).sendMail(mail(1));
  const modes = ['.', '1.eml', 'index.jsonl'].map((name) => (statSync(join(dir, name)).mode & 0o777).toString(8));
  expect(modes).toEqual(['700', '600', '600']);
});

test('the index survives a cut last line and a mail without one', async () => {
  const first = await start();
  await createTransport(first.smtpUrl).sendMail(mail(1));
  await first.stop();
  writeFileSync(join(dir, '2.eml'), readFileSync(join(dir, '1.eml'), 'utf8').replace('<1@', '<2@'));
  writeFileSync(join(dir, '3.eml.new'), 'half');
  appendFileSync(join(dir, 'index.jsonl'), '{"n":2,"to":["per');
  const second = await start();
  expect(await count(second)).toEqual({ count: 2, distinct_message_ids: 2 });
  expect(second.mailbox.entries[1]).toMatchObject({ n: 2, to: ['person-1@example.test'], message_id: '2@example.test' });
  expect(readdirSync(dir)).not.toContain('3.eml.new');
  await createTransport(second.smtpUrl).sendMail(mail(3));
  expect(second.mailbox.entries.map(({ n }) => n)).toEqual([1, 2, 3]);
});

test('of a mail that lies on disk only its list entry stays in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const mailbox = await Mailbox.open(dir);
  const body = 'x'.repeat(60_000);
  const before = heap();
  await Promise.all(
    Array.from({ length: 400 }, (_, i) =>
      mailbox.keep(Buffer.from(`Message-ID: <number-${String(i)}@shop.example.test>\r\n\r\n${body}`), ['a@x']),
    ),
  );
  const each = (heap() - before) / 400;
  await mailbox.close();
  expect(each).toBeLessThan(10_000);
});

test('two thousand mails over 16 connections: all kept, found by recipient, paged', async () => {
  const { smtpUrl, httpUrl, mailbox } = await start();
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 16,
    maxMessages: Infinity,
  } as object);
  const total = 2_000;
  await Promise.all(Array.from({ length: total }, (_, i) => transport.sendMail(mail(i))));
  transport.close();
  expect(await count({ httpUrl } as Inbox)).toEqual({ count: total, distinct_message_ids: total });
  expect(await count({ httpUrl } as Inbox, '?to=PERSON-1999@')).toEqual({ count: 1, distinct_message_ids: 1 });
  expect(await get(`${httpUrl}/?page=40`)).toContain('page 40 of 40');
  expect(mailbox.entries.map(({ n }) => n)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
});

const runProcess = async (): Promise<{ child: ChildProcess; smtp: string; http: string }> => {
  const child = spawn(process.execPath, ['--conditions=source', join(root, 'apps/inbox/main.ts')], {
    env: { ...process.env, HITO_INBOX_DIR: dir, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, ...(JSON.parse(line) as { smtp: string; http: string }) };
};

test('killed with -9 in the middle of the traffic it has every mail it answered for, once', async () => {
  const first = await runProcess();
  const transport = createTransport({ url: first.smtp, pool: true, maxConnections: 8, maxMessages: Infinity } as object);
  const answered: string[] = [];
  const sends = Array.from({ length: 600 }, async (_, i) => {
    await transport.sendMail(mail(i));
    answered.push(`${String(i)}@example.test`);
    if (answered.length === 200) first.child.kill('SIGKILL');
  });
  await Promise.allSettled(sends);
  transport.close();
  const second = await runProcess();
  const { mails } = (await (await fetch(`${second.http}/api/mails`)).json()) as { mails: { message_id: string }[] };
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
  const kept = mails.map(({ message_id }) => message_id);
  expect(answered.length).toBeGreaterThanOrEqual(200);
  expect(kept.length).toBeLessThan(600);
  expect(answered.filter((id) => !kept.includes(id))).toEqual([]);
  expect(new Set(kept).size).toBe(kept.length);
});

test('Its pages answer at a name that is given, and at no other', async () => {
  inbox = await startInbox({ dir, names: ['inbox'], smtpPort: 0, httpPort: 0 });
  const { httpUrl } = inbox;
  const asked = (host: string): Promise<string> => answerTo(`${httpUrl}/api/count`, host);
  expect(await asked('inbox:8025')).toMatch(/^200 /);
  expect(await asked('inbox.evil.example:8025')).toMatch(/^421 /);
});
