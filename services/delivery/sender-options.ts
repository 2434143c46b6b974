import { categoryPolicies } from '#facts';
import type { WorkerContext } from '#platform';
import { compose } from './compose.ts';
import { anywhere, checkContent } from './content/index.ts';
import { defaultBackoff } from './domain/backoff.ts';
import type { deliveryVariables } from './environment.ts';
import { messageIdOf, senderOf } from './identity.ts';
import { openSecrets } from './open-secrets.ts';
import { hashOf } from './mails/hash-of.ts';
import type { SenderOptions } from './sending/options.ts';
import { Connections } from './smtp/connections.ts';
import { smtpTarget } from './smtp/smtp-url.ts';
import { tokensOf } from './tracking/index.ts';

/**
 * What a service's sender works with, by its environment and playbook. Rejects where the templates cannot be used. Logs a warning where
 * values may lead anywhere.
 */
export async function senderOptions({
  env,
  playbook,
  logger,
  tracing,
}: WorkerContext<typeof deliveryVariables>): Promise<SenderOptions> {
  const from = senderOf(env.HITO_MAIL_FROM);
  const { address, domain } = from;
  const templates = await checkContent(env.HITO_PLAYBOOK, playbook, {
    directory: env.HITO_TEMPLATES,
    postalAddress: env.HITO_POSTAL_ADDRESS,
  });
  const where = anywhere(playbook.links);
  if (where !== undefined) logger.warn({ playbook: playbook.version }, `Links of mails may lead ${where}`);
  const composer = {
    templates,
    tokens: tokensOf(env),
    open: openSecrets(env),
    publicUrl: env.HITO_PUBLIC_URL,
    from,
  };
  const times = { commandMs: Math.min(30_000, env.HITO_LEASE_MS), replyMs: env.HITO_SMTP_REPLY_TIMEOUT_MS };
  return {
    connections: new Connections({
      smtp: smtpTarget(env.SMTP_URL),
      inbox: env.HITO_INBOX_SMTP_URL === undefined ? undefined : smtpTarget(env.HITO_INBOX_SMTP_URL),
      limit: env.HITO_SMTP_CONNECTIONS,
      heloName: domain,
      times,
      returnPath: address,
      logger,
    }),
    times,
    compose: (mail) => compose(mail, composer),
    messageId: (mail) => messageIdOf(mail, domain),
    returnPath: address,
    hash: hashOf(env),
    leaseMs: env.HITO_LEASE_MS,
    marginMs: 5_000,
    batch: 100,
    backoff: defaultBackoff,
    categories: categoryPolicies(playbook.categories),
    resendAfterMs: 60_000,
    idleMs: 1_000,
    logger,
    tracer: tracing,
  };
}
