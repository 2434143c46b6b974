import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { codeOf, type Ending, type Stage } from '../domain/reply.ts';
import { failPoint } from '#stream';
import type { ConnectionTimes } from './connection.ts';
import { destroy, isInStep, lateStep, takesUtf8 } from './connection.ts';

export interface Transmission {
  readonly from: string;
  readonly to: string;
  readonly bytes: Buffer;
  /** Asked on 354. Only after `granted` may a byte of the body leave. */
  readonly marker: () => Promise<'granted' | 'refused' | 'released'>;
}

type SmtpError = NonNullable<Parameters<Parameters<SMTPConnection['send']>[2]>[0]>;

/** A fail point inside the body is armed: what was written before it must have left. */
const dying = ['mid-body', 'after-dot'].find((name) => process.env['HITO_FAILPOINTS']?.includes(name));

function dieIn(data: NodeJS.WritableStream, bytes: Buffer): void {
  const die = (): void => {
    failPoint(dying ?? '');
  };
  if (dying === 'mid-body') {
    data.write(bytes.subarray(0, bytes.length >> 1));
    setTimeout(() => {
      die();
      data.end(bytes.subarray(bytes.length >> 1));
    }, 50);
  } else {
    data.once('end', () => setImmediate(die));
    data.end(bytes);
  }
}

/**
 * One attempt on an open connection. How it ended is judged by our own stage and by whether a complete reply arrived: nodemailer's codes
 * are the same for a line cut before DATA, in the middle of the body and after its dot. Never rejects. After anything but a reply the
 * connection is not to be used again.
 */
export async function transmit(connection: SMTPConnection, what: Transmission, times: ConnectionTimes): Promise<Ending> {
  let stage: Stage = 'envelope';
  let over = false;
  let insteadOf354: string | undefined;
  let marked: Promise<'granted' | 'refused' | 'released' | 'broken'> | undefined;
  // Until 354 each step has its own time, in the dialogue of the connection.
  let timer: NodeJS.Timeout | undefined;
  const utf8 = /[^ -~]/.test(what.to);
  if (utf8 && !takesUtf8(connection)) return { kind: 'unsendable', why: 'unsupported_address' };

  function giveUp(): void {
    destroy(connection);
  }
  /** Stands in for the message: nodemailer calls `pipe` when the 354 is there and has written nothing of the body yet. */
  class Body extends Readable {
    override pipe<T extends NodeJS.WritableStream>(data: T): T {
      // nodemailer takes 2yz for it too, which may be the reply to an earlier command (RFC 5321, 4.3.2: 354).
      const said = String(connection.lastServerResponse);
      if (codeOf(said) !== '354') {
        insteadOf354 = said;
        destroy(connection);
        return data;
      }
      stage = 'granted';
      marked = ask().then((answer) => {
        // A reply that has come already is of no body: the server is elsewhere.
        if (answer !== 'granted' || !isInStep(connection)) destroy(connection);
        else if (!over) write(data);
        return answer;
      });
      return data;
    }
    override _read(): void {
      this.push(null);
    }
  }
  async function ask(): Promise<'granted' | 'refused' | 'released' | 'broken'> {
    try {
      failPoint('after-354-before-marker');
      return await what.marker();
    } catch {
      // Whether the marker stands is unknown; that no byte was sent is known.
      return 'broken';
    }
  }
  function write(data: NodeJS.WritableStream): void {
    failPoint('after-marker');
    stage = 'body';
    timer = setTimeout(giveUp, times.replyMs);
    const socket = connection._socket;
    if (dying !== undefined) dieIn(data, what.bytes);
    else if (socket) {
      // One segment instead of two: the dot goes with the last line.
      socket.cork();
      data.end(what.bytes);
      setImmediate(() => {
        socket.uncork();
      });
    }
  }

  const ending = await new Promise<Ending>((resolve) => {
    connection.send({ from: what.from, to: [what.to], use8BitMime: utf8 }, new Body(), (error, info) => {
      over = true;
      clearTimeout(timer);
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- the types promise an info that an error comes without
      const ended = endingOf(stage, error, info?.response, lateStep(connection));
      // A no with another reply behind it is no clear one: the other may be a yes.
      const contradicted = error && ended.kind === 'reply' && ended.stage === 'body' && !isInStep(connection);
      resolve(contradicted ? { kind: 'cut', stage, why: 'unclear_reply', reply: ended.text } : ended);
    });
  });
  if (insteadOf354 !== undefined) return { kind: 'cut', stage, why: 'no_354', reply: insteadOf354, ...(utf8 && { utf8 }) };
  const answer = await marked;
  if (answer === 'refused' || answer === 'released') return { kind: answer };
  return utf8 && (ending.kind === 'reply' || ending.kind === 'cut') ? { ...ending, utf8 } : ending;
}

function endingOf(
  stage: Stage,
  error: SmtpError | null | undefined,
  response: string | undefined,
  late: string | undefined,
): Ending {
  if (!error) {
    // A reply to a body that was not sent means nothing.
    if (stage !== 'body') return { kind: 'cut', stage, why: 'reply_before_body' };
    return { kind: 'reply', stage, command: 'DATA', text: response ?? '250' };
  }
  const { code, command, response: reply } = error;
  // A reply that the closing connection cut off comes with the command CONN: it is not complete.
  const complete = reply !== undefined && (code === 'EENVELOPE' || code === 'EMESSAGE');
  // Nor means a no before the body anything, but that the server is elsewhere.
  if (complete && stage === 'granted') return { kind: 'cut', stage, why: 'reply_before_body', reply };
  if (complete && (command === 'MAIL FROM' || command === 'RCPT TO' || command === 'DATA'))
    return {
      kind: 'reply',
      stage,
      command: command === 'MAIL FROM' ? 'MAIL' : command === 'RCPT TO' ? 'RCPT' : 'DATA',
      text: reply,
    };
  if (command === 'API' && code === 'EENVELOPE') return { kind: 'unsendable', why: 'invalid_address' };
  if (stage === 'body') return { kind: 'cut', stage, why: 'no_reply' };
  const why = late === undefined ? 'connection' : `no_answer_to_${late.toLowerCase()}`;
  // Of a pipelined envelope: 421, complete or not, and the line is closed.
  return { kind: 'cut', stage, why, ...(reply === undefined ? {} : { reply }) };
}
