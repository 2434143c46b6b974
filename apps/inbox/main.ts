import { startInbox } from './inbox.ts';

/**
 * The development inbox as a process: HITO_INBOX_DIR, HITO_INBOX_SMTP_PORT, HITO_INBOX_HTTP_PORT (0 or absent: a free port),
 * HITO_INBOX_HOST (127.0.0.1 where absent), HITO_INBOX_NAMES (host names, separated by commas, at which browsers may ask for its pages
 * beside this machine's own).
 */
const dir = process.env['HITO_INBOX_DIR'];
if (dir === undefined || dir === '') throw new Error('HITO_INBOX_DIR is missing. Name the folder that keeps the mails.');

const inbox = await startInbox({
  dir,
  host: process.env['HITO_INBOX_HOST'] ?? '127.0.0.1',
  names: (process.env['HITO_INBOX_NAMES'] ?? '').split(',').filter((name) => name !== ''),
  smtpPort: portOf('HITO_INBOX_SMTP_PORT'),
  httpPort: portOf('HITO_INBOX_HTTP_PORT'),
});
process.stdout.write(`${JSON.stringify({ smtp: inbox.smtpUrl, http: inbox.httpUrl, mails: inbox.mailbox.entries.length })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void inbox.stop().then(() => process.exit(0));
  });

function portOf(name: string): number {
  const text = process.env[name] ?? '0';
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error(`${name}=${text} is not a port. Give a number from 0 to 65535; 0 is a free one.`);
  return Number(text);
}
