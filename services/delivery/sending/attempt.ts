import type { Ending } from '../domain/reply.ts';
import type { Mail } from '../mails/mail.ts';
import { destroy } from '../smtp/connection.ts';
import { transmit } from '../smtp/transmit.ts';
import type { MarkerRequest } from '../mails/marker.ts';
import type { SenderOptions } from './options.ts';

/** Asks for the marker of one mail; `released` where the partition is being left. */
export type Marker = (request: MarkerRequest) => Promise<'granted' | 'refused' | 'released'>;

/** One attempt on one mail, inside a place that `connections.enter` gave. A connection that had served before may be tried twice: nothing was sent. */
export async function attempt(mail: Mail, options: SenderOptions, marker: Marker): Promise<Ending> {
  const { connections, logger } = options;
  // The mark of a replay decides alone, whatever is configured: nobody real is mailed by a replay.
  const way = mail.replayed ? 'inbox' : 'smtp';
  const made = bytesOf(mail, options);
  if ('unsendable' in made) return { kind: 'unsendable', why: made.unsendable };
  const transmission = {
    from: options.returnPath,
    to: mail.email,
    bytes: made.bytes,
    marker: () => marker({ mail, bytes: made.bytes, messageId: options.messageId(mail) }),
  };
  for (let fresh = false; ; fresh = true) {
    try {
      const { connection, reused } = await connections.open(way, fresh);
      const ending = await transmit(connection, transmission, options.times);
      if (ending.kind === 'reply' && ending.stage !== 'granted')
        await connections.giveBack(way, connection, ending.stage === 'envelope');
      else destroy(connection);
      if (ending.kind === 'cut' && ending.stage === 'envelope' && reused) continue;
      return ending;
    } catch (error) {
      logger.warn({ way, reason: (error as Error).message }, 'The SMTP server cannot be reached; mail stays pending');
      return { kind: 'cut', stage: 'envelope', why: 'connection' };
    }
  }
}

function bytesOf(mail: Mail, options: SenderOptions): { bytes: Buffer } | { unsendable: string } {
  if (mail.rendered !== undefined) return { bytes: mail.rendered };
  try {
    return options.compose(mail);
  } catch (error) {
    options.logger.error(
      { message_id: mail.id, template: mail.template, reason: (error as Error).message },
      'A mail could not be rendered',
    );
    return { unsendable: `render: ${(error as Error).message}`.slice(0, 500) };
  }
}
