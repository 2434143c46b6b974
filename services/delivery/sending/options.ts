import type { CategoryPolicies } from '#facts';
import type { Logger, Tracer } from '#stream';
import type { Composed } from '../compose.ts';
import type { Backoff } from '../domain/backoff.ts';
import type { AddressHash } from '../mails/address-hash.ts';
import type { Mail } from '../mails/mail.ts';
import type { ConnectionTimes } from '../smtp/connection.ts';
import type { Connections } from '../smtp/connections.ts';

/** What the sender of every partition works with. Times in ms. */
export interface SenderOptions {
  readonly connections: Connections;
  readonly times: ConnectionTimes;
  readonly compose: (mail: Mail) => Composed | { readonly unsendable: string };
  /** Made by `messageIdOf`; also for a mail that was rendered at an earlier attempt. */
  readonly messageId: (mail: Mail) => string;
  /** The envelope's sender. */
  readonly returnPath: string;
  readonly hash: AddressHash;
  readonly leaseMs: number;
  /** Beyond the reply's time-out, before a silent `data` row is called in_doubt. */
  readonly marginMs: number;
  /** Mails of one claim. */
  readonly batch: number;
  readonly backoff: Backoff;
  /** What the present playbook's categories ask for. */
  readonly categories: CategoryPolicies;
  /** How long a doubtful legal mail waits for its reply before it is sent once more, ms; other mail is held for an operator. */
  readonly resendAfterMs: number;
  /** How often an idle partition is looked at. */
  readonly idleMs: number;
  readonly logger: Logger;
  readonly tracer?: Tracer | undefined;
}
