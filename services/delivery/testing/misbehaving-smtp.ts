import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ServerCertificate } from './certificates.ts';

/** What the server does to the next mail for an address. `cut-*` close the line at that point; `reply` answers so and goes on. */
export type Fault =
  /** After 354: at the body's first byte, unread. */
  | { readonly kind: 'cut-after-rcpt' | 'cut-after-354' | 'cut-mid-body' }
  /** After the dot, with or without having kept the mail. */
  | { readonly kind: 'cut-after-dot'; readonly kept: boolean }
  /** Keeps the mail and cuts in the middle of its reply. */
  | { readonly kind: 'cut-in-reply'; readonly text: string }
  | { readonly kind: 'reply'; readonly to: 'rcpt' | 'data' | 'body'; readonly text: string }
  | { readonly kind: 'slow'; readonly ms: number };

/** A mail that the server took; the list is only ever appended to, before the reply. */
export interface Taken {
  readonly to: string;
  readonly text: string;
  readonly messageId: string;
}

interface Dialogue {
  socket: Socket;
  buffer: string;
  mode: 'command' | 'body' | 'deaf';
  to: string;
  body: string;
}

/** A small real SMTP server on 127.0.0.1 that misbehaves on purpose, per address. */
export class MisbehavingSmtp {
  readonly taken: Taken[] = [];
  /** Bytes of bodies that arrived, complete or not, per address. */
  readonly bodyBytes = new Map<string, number>();
  /** Each MAIL and greeting may be cut; the next so many are. */
  cutGreetings = 0;
  cutMails = 0;
  connections = 0;
  mostAtOnce = 0;
  /** Every command that came, of all connections. */
  readonly lines: string[] = [];
  /** Asked first about each command: a reply in its place, `silence`, `cut`, or nothing to go on as usual. */
  answer: (line: string) => string | undefined = () => undefined;
  /** What it says first; nothing where it is `silence`. */
  greeting = '220 misbehaving.test ESMTP';
  /** Between the bytes of the reply to a command (`''`: of the greeting), ms. */
  pace: (line: string) => number = () => 0;
  /** Sent in plain text in one segment with the reply to STARTTLS, as somebody on the line would. */
  injected = '';
  /** Shown from the next handshake on. */
  tls: ServerCertificate | undefined;
  /** Handshakes that came to their end. */
  handshakes = 0;
  private paceMs = 0;
  /** Replies leave byte by byte. */
  inPieces = false;
  /** Delay of every reply to a body, ms. */
  replyDelayMs = 0;
  private open = 0;
  private readonly extensions: readonly string[];
  private readonly implicit: boolean;
  private readonly faults = new Map<string, Fault[]>();
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;

  private constructor(extensions: readonly string[], tls?: ServerCertificate, implicit = false) {
    this.extensions = extensions;
    this.tls = tls;
    this.implicit = implicit;
    this.server = createServer((socket) => {
      this.greet(socket);
    });
  }

  /**
   * `extensions` are those that EHLO is answered with, beside PIPELINING. With `tls`, STARTTLS is answered by a handshake; with
   * `implicit` too, the handshake comes before the greeting.
   */
  static async start({
    pipelining = true,
    extensions = [],
    tls,
    implicit,
  }: {
    readonly pipelining?: boolean;
    readonly extensions?: readonly string[];
    readonly tls?: ServerCertificate;
    readonly implicit?: boolean;
  } = {}): Promise<MisbehavingSmtp> {
    const smtp = new MisbehavingSmtp([...(pipelining ? ['PIPELINING'] : []), ...extensions], tls, implicit);
    await new Promise<void>((resolve) => smtp.server.listen(0, '127.0.0.1', resolve));
    return smtp;
  }

  get url(): string {
    return `${this.implicit ? 'smtps' : 'smtp'}://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** The next mails for this address suffer these, one each; then all is well. */
  plan(address: string, ...faults: Fault[]): void {
    this.faults.set(address, faults);
  }

  takenFor(address: string): Taken[] {
    return this.taken.filter(({ to }) => to === address);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private say(socket: Socket, text: string): void {
    // A reply may hold any byte.
    const bytes = Buffer.from(text, 'latin1');
    if (this.paceMs > 0) this.drip(socket, bytes, this.paceMs);
    else if (!this.inPieces) socket.write(bytes);
    else for (const byte of bytes) socket.write(Buffer.of(byte));
  }

  private drip(socket: Socket, bytes: Buffer, ms: number): void {
    if (bytes.length === 0 || socket.destroyed) return;
    socket.write(bytes.subarray(0, 1));
    setTimeout(() => {
      this.drip(socket, bytes.subarray(1), ms);
    }, ms);
  }

  private greet(socket: Socket): void {
    this.connections += 1;
    this.open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.open);
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.open -= 1;
      this.sockets.delete(socket);
    });
    if (this.cutGreetings-- > 0) {
      socket.destroy();
      return;
    }
    const dialogue: Dialogue = { socket, buffer: '', mode: 'command', to: '', body: '' };
    if (this.implicit) this.encrypt(dialogue);
    else this.listen(dialogue);
    this.paceMs = this.pace('');
    if (this.greeting === 'cut') this.cut(dialogue);
    else if (this.greeting !== 'silence') this.say(dialogue.socket, `${this.greeting}\r\n`);
  }

  private listen(dialogue: Dialogue): void {
    dialogue.socket.on('data', (chunk: Buffer) => {
      dialogue.buffer += chunk.toString('latin1');
      this.read(dialogue);
    });
  }

  private encrypt(dialogue: Dialogue): void {
    dialogue.socket.removeAllListeners('data');
    dialogue.buffer = '';
    const secured = new TLSSocket(dialogue.socket, { isServer: true, ...this.tls });
    secured.on('error', () => undefined);
    secured.once('secure', () => {
      this.handshakes += 1;
    });
    dialogue.socket = secured;
    this.listen(dialogue);
  }

  private read(d: Dialogue): void {
    while (d.mode !== 'deaf') {
      if (d.mode === 'body') {
        this.bodyBytes.set(d.to, (this.bodyBytes.get(d.to) ?? 0) + d.buffer.length);
        d.body += d.buffer;
        d.buffer = '';
        if (d.body.length > 0 && this.fault(d.to)?.kind === 'cut-mid-body') {
          this.spend(d.to);
          this.cut(d);
          return;
        }
        const end = d.body.indexOf('\r\n.\r\n');
        if (end < 0) return;
        d.buffer = d.body.slice(end + 5);
        d.mode = 'command';
        this.take(d, d.body.slice(0, end + 2));
        continue;
      }
      const end = d.buffer.indexOf('\r\n');
      if (end < 0) return;
      const line = d.buffer.slice(0, end);
      d.buffer = d.buffer.slice(end + 2);
      this.command(d, line);
    }
  }

  private command(d: Dialogue, line: string): void {
    this.lines.push(line);
    this.paceMs = this.pace(line);
    const own = this.answer(line);
    if (own === 'cut') this.cut(d);
    else if (own !== undefined && own !== 'silence') this.say(d.socket, `${own}\r\n`);
    if (line === 'DATA' && own?.startsWith('354') === true) {
      d.mode = 'body';
      d.body = '';
    }
    if (own !== undefined) return;
    const verb = line.slice(0, 4).toUpperCase();
    const fault = this.fault(d.to);
    switch (verb) {
      case 'EHLO':
        this.say(
          d.socket,
          ['misbehaving.test', ...this.extensions]
            .map((word, i, all) => `250${i === all.length - 1 ? ' ' : '-'}${word}\r\n`)
            .join(''),
        );
        return;
      case 'STAR':
        if (this.tls === undefined) this.say(d.socket, '502 5.5.1 no TLS here\r\n');
        else {
          this.say(d.socket, `220 2.0.0 go\r\n${this.injected}`);
          this.encrypt(d);
        }
        return;
      case 'AUTH':
        this.say(d.socket, '235 2.7.0 in\r\n');
        return;
      case 'MAIL':
        if (this.cutMails-- > 0) this.cut(d);
        else this.say(d.socket, '250 2.1.0 ok\r\n');
        return;
      case 'RCPT':
        d.to = /<([^>]*)>/.exec(line)?.[1] ?? '';
        this.recipient(d);
        return;
      case 'DATA':
        if (d.to === '') this.say(d.socket, '503 5.5.1 no recipient\r\n');
        else if (fault?.kind === 'reply' && fault.to === 'data') {
          this.spend(d.to);
          d.to = '';
          this.say(d.socket, `${fault.text}\r\n`);
        } else if (fault?.kind === 'cut-after-354') {
          this.spend(d.to);
          d.mode = 'deaf';
          this.say(d.socket, '354 go on\r\n');
          d.socket.once('data', () => d.socket.destroy());
        } else {
          d.mode = 'body';
          d.body = '';
          this.say(d.socket, '354 go on\r\n');
        }
        return;
      case 'QUIT':
        d.socket.end('221 2.0.0 bye\r\n');
        return;
      default:
        d.to = '';
        this.say(d.socket, '250 2.0.0 ok\r\n');
    }
  }

  private recipient(d: Dialogue): void {
    const fault = this.fault(d.to);
    if (fault?.kind === 'cut-after-rcpt') {
      this.spend(d.to);
      this.say(d.socket, '250 2.1.5 ok\r\n');
      this.cut(d);
    } else if (fault?.kind === 'reply' && fault.to === 'rcpt') {
      this.spend(d.to);
      d.to = '';
      this.say(d.socket, `${fault.text}\r\n`);
    } else this.say(d.socket, '250 2.1.5 ok\r\n');
  }

  private take(d: Dialogue, text: string): void {
    const { to, socket } = d;
    const fault = this.fault(to);
    d.to = '';
    const keep = (): void => {
      this.taken.push({ to, text, messageId: /^Message-ID: (.*)\r$/im.exec(text)?.[1] ?? '' });
    };
    this.paceMs = this.pace('.');
    if (fault !== undefined) this.spend(to);
    if (fault?.kind === 'cut-after-dot') {
      if (fault.kept) keep();
      this.cut(d);
    } else if (fault?.kind === 'cut-in-reply') {
      keep();
      d.mode = 'deaf';
      socket.end(fault.text);
    } else if (fault?.kind === 'reply' && fault.to === 'body') this.say(socket, `${fault.text}\r\n`);
    else {
      keep();
      const ms = this.replyDelayMs + (fault?.kind === 'slow' ? fault.ms : 0);
      if (ms === 0) this.say(socket, '250 2.0.0 queued\r\n');
      else setTimeout(() => this.say(socket, '250 2.0.0 queued\r\n'), ms);
    }
  }

  private cut(d: Dialogue): void {
    d.mode = 'deaf';
    d.socket.end();
  }

  private fault(address: string): Fault | undefined {
    return this.faults.get(address)?.[0];
  }

  private spend(address: string): void {
    this.faults.get(address)?.shift();
  }
}
