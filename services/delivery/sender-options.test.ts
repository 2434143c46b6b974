import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { anyHost } from '#facts';
import { loadPlaybook } from '#playbook';
import { senderOptions } from './sender-options.ts';

const file = fileURLToPath(new URL('../../examples/shop/playbook.yaml', import.meta.url));
const env = {
  SMTP_URL: 'smtp://127.0.0.1:1025',
  HITO_INBOX_SMTP_URL: undefined,
  HITO_PUBLIC_URL: 'https://mail.shop.example',
  HITO_MAIL_FROM: 'Shop <hello@shop.example>',
  HITO_POSTAL_ADDRESS: 'Calle Mayor 1, Madrid',
  HITO_TEMPLATES: undefined,
  HITO_SMTP_CONNECTIONS: 1,
  HITO_SMTP_REPLY_TIMEOUT_MS: 5_000,
  HITO_LEASE_MS: 30_000,
  HITO_SIGNING_KEY: 'a key for tests that is long enough',
  HITO_PLAYBOOK: file,
};

async function warningsOf(hosts: readonly string[]): Promise<unknown[]> {
  const warnings: unknown[] = [];
  const quiet = (): void => undefined;
  const logger = { debug: quiet, info: quiet, error: quiet, warn: (_: object, text: string) => warnings.push(text) };
  const playbook = { ...loadPlaybook(file), links: { hosts: [...hosts] } };
  await senderOptions({ env, playbook, logger } as unknown as Parameters<typeof senderOptions>[0]);
  return warnings;
}

test('a start of delivery warns where a playbook lets links lead anywhere', async () => {
  expect(await warningsOf(['shop.example'])).toEqual([]);
  expect(await warningsOf([anyHost])).toEqual([
    expect.stringMatching(/^Links of mails may lead ANYWHERE: whoever has a public write key .* links: \{ hosts: /),
  ]);
});
