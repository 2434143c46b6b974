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
  smtpPort: Number(process.env['HITO_INBOX_SMTP_PORT'] ?? 0),
  httpPort: Number(process.env['HITO_INBOX_HTTP_PORT'] ?? 0),
});
process.stdout.write(`${JSON.stringify({ smtp: inbox.smtpUrl, http: inbox.httpUrl, mails: inbox.mailbox.entries.length })}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    void inbox.stop().then(() => process.exit(0));
  });
