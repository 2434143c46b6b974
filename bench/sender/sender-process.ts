/** The sender as the service runs it, without a broker: node sender-process.ts <database> <smtp> <partitions> <connections>. Ends on SIGTERM. */
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { loadPlaybook } from '#playbook';
import { PostgresStore, WorkerTask } from '#stream/runtime';
import { sender } from '../../services/delivery/sender.worker.ts';
import { senderOptions } from '../../services/delivery/sender-options.ts';

const [database = '', smtp = '', partitions = '12', connections = '8'] = process.argv.slice(2);
const playbook = fileURLToPath(new URL('../../examples/shop/playbook.yaml', import.meta.url));
const logger = pino({ level: 'warn' });
const env = {
  SMTP_URL: smtp,
  HITO_INBOX_SMTP_URL: smtp,
  HITO_PUBLIC_URL: 'https://mail.shop.example',
  HITO_MAIL_FROM: 'Shop <hello@shop.example>',
  HITO_POSTAL_ADDRESS: 'Shop S.L., Calle Mayor 1, 28013 Madrid',
  HITO_TEMPLATES: undefined,
  HITO_SMTP_CONNECTIONS: Number(connections),
  HITO_SMTP_REPLY_TIMEOUT_MS: 5_000,
  HITO_LEASE_MS: 30_000,
  HITO_SIGNING_KEY: 'a key for measuring, long enough to be one',
  HITO_PLAYBOOK: playbook,
};
const worker = sender(
  senderOptions({ env, playbook: loadPlaybook(playbook), logger } as unknown as Parameters<typeof senderOptions>[0]),
);
const store = new PostgresStore(database, logger);
const nowhere = () => Promise.resolve(new Map<string, number[]>());
const log = {
  produce: () => new Promise<void>((resolve) => setTimeout(resolve, 5)),
  starts: nowhere,
  ends: nowhere,
  committed: nowhere,
  firstSince: nowhere,
  extract: () => Promise.resolve(),
};
const subscription = { seek: () => undefined, pause: () => undefined, commit: () => Promise.resolve() };
const tasks = Array.from(
  { length: Number(partitions) },
  (_, partition) =>
    new WorkerTask({
      worker,
      prefix: 'bench',
      group: 'bench',
      partition,
      store,
      log,
      subscription,
      logger,
      sessionTimeoutMs: 10_000,
    }),
);
for (const task of tasks) task.start();
process.once('SIGTERM', () => {
  void Promise.all(tasks.map((task) => task.stop()))
    .then(() => store.close())
    .then(() => process.exit(0));
});
