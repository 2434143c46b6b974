import { cut, parseAddress } from '#facts';
import { meaningOf } from '../domain/reply-table.ts';
import type { Ending } from '../domain/reply.ts';
import { UnknownKey } from '../open-secrets.ts';
import { traceId, type Mail } from '../mails/mail.ts';
import { destroy } from '../smtp/connection.ts';
import type { Fault } from '../smtp/health.ts';
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
  if (!connections.isOpen(way)) return { kind: 'unreachable' };
  const to = parseAddress(mail.email);
  if (!to.ok) return { kind: 'unsendable', why: 'invalid_address' };
  const made = bytesOf(mail, options);
  if (made === 'unopened') return { kind: 'unopened' };
  if ('unsendable' in made) return { kind: 'unsendable', why: made.unsendable };
  const transmission = {
    from: options.returnPath,
    to: to.address,
    bytes: made.bytes,
    marker: () => marker({ mail, bytes: made.bytes, messageId: options.messageId(mail) }),
  };
  for (let fresh = false; ; fresh = true) {
    try {
      const { connection, reused } = await connections.open(way, fresh);
      const ending = await transmit(connection, transmission, options.times);
      if (ending.kind === 'unsendable') connections.giveBack(way, connection, false);
      else if (ending.kind === 'reply' && ending.stage !== 'granted' && !ending.text.startsWith('421'))
        connections.giveBack(way, connection, ending.stage === 'envelope');
      else destroy(connection);
      if (ending.kind === 'cut' && ending.stage === 'envelope' && ending.reply === undefined && reused) continue;
      if (isOfAddress(ending)) {
        if (maySayOfSender(ending)) await connections.askForSender(way);
        return ending;
      }
      const fault = faultIn(ending);
      if (fault !== undefined) connections.fault(way, fault);
      else if (ending.kind === 'reply') connections.answered(way);
      return ending;
    } catch (error) {
      logger.debug({ way, reason: (error as Error).message }, 'No connection; the mail stays pending');
      return { kind: 'unreachable' };
    }
  }
}

/**
 * Before the body of a mail that asks for SMTPUTF8, whatever the server says or does may be of its one address: the way out is judged by the
 * mails of others. Else whoever gives us such an address stops them all.
 */
const isOfAddress = (ending: Ending): boolean =>
  (ending.kind === 'reply' || ending.kind === 'cut') && ending.utf8 === true && ending.stage === 'envelope';

/** A refusal of MAIL that names no reason: our sender may be refused, with or without SMTPUTF8. */
const maySayOfSender = (ending: Ending): boolean =>
  ending.kind === 'reply' &&
  ending.command === 'MAIL' &&
  ending.text.startsWith('5') &&
  meaningOf(ending.text).reason !== 'unsupported_address';

/** What an ending says of the way out rather than of its mail. */
function faultIn(ending: Ending): Fault | undefined {
  // After 354 and before the body it is we who end the line.
  if (ending.kind === 'cut' && ending.stage !== 'granted') return { kind: 'unreachable', what: ending.reply ?? ending.why };
  if (ending.kind !== 'reply') return undefined;
  if (ending.text.startsWith('421')) return { kind: 'unreachable', what: ending.text };
  if (ending.command !== 'MAIL' || meaningOf(ending.text).reason === 'unsupported_address') return undefined;
  return { kind: ending.text.startsWith('5') ? 'sender' : 'unreachable', what: ending.text };
}

function bytesOf(mail: Mail, options: SenderOptions): { bytes: Buffer } | { unsendable: string } | 'unopened' {
  if (mail.rendered !== undefined) return { bytes: mail.rendered };
  try {
    return options.compose(mail);
  } catch (error) {
    if (error instanceof UnknownKey) return 'unopened';
    options.logger.error(
      { message_id: mail.id, template: mail.template, reason: (error as Error).message, ...traceId(mail) },
      'A mail could not be rendered',
    );
    return { unsendable: cut(`render: ${(error as Error).message}`, 500) };
  }
}
