import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** Connections are cut and new ones refused until it is false again. */
  away: boolean;
  /** What clients send is shown here first; true: forward it, then cut that connection before anything comes back. */
  cutAfter: ((sent: Buffer) => boolean) | undefined;
  /** Connections cut that way. */
  readonly cuts: number;
  close(): Promise<void>;
}

const graceMs = 150;

/** A real TCP proxy that misbehaves on demand. `answers` may rewrite what the server says, whole Kafka frames at a time. */
export async function tcpProxy(host: string, port: number, frames?: (frame: Buffer, ownPort: number) => Buffer): Promise<Proxy> {
  const open = new Set<Socket>();
  let cuts = 0;
  let away = false;
  const proxy = {
    port: 0,
    cutAfter: undefined as Proxy['cutAfter'],
    get away() {
      return away;
    },
    set away(value: boolean) {
      away = value;
      if (value) for (const socket of open) socket.destroy();
    },
    get cuts() {
      return cuts;
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
  const server: Server = createServer((client) => {
    if (away) {
      client.destroy();
      return;
    }
    const upstream = connect(port, host);
    let deaf = false;
    let rest: Buffer = Buffer.alloc(0);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (sent) => {
      if (!deaf && proxy.cutAfter?.(sent) === true) {
        deaf = true;
        cuts++;
        setTimeout(() => client.destroy(), graceMs);
      }
      upstream.write(sent);
    });
    upstream.on('data', (answer) => {
      if (deaf) return;
      if (frames === undefined) {
        client.write(answer);
        return;
      }
      rest = Buffer.concat([rest, answer]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const length = 4 + rest.readInt32BE(0);
        client.write(frames(rest.subarray(0, length), proxy.port));
        rest = rest.subarray(length);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  proxy.port = (server.address() as AddressInfo).port;
  return proxy;
}

/**
 * A proxy of a broker: where the broker names itself in its answers, the proxy's port stands instead, so that clients stay with it.
 * `spoil` may change an answer in place.
 */
export function kafkaProxy(broker: string, spoil?: (answer: Buffer) => void): Promise<Proxy> {
  const [host = '', port = ''] = broker.split(':');
  const name = (n: number): Buffer => {
    const bytes = Buffer.alloc(host.length + 4);
    bytes.write(host);
    bytes.writeInt32BE(n, host.length);
    return bytes;
  };
  const theirs = name(Number(port));
  return tcpProxy(host, Number(port), (frame, ownPort) => {
    spoil?.(frame);
    if (!frame.includes(theirs)) return frame;
    const rewritten = Buffer.from(frame);
    for (let at = rewritten.indexOf(theirs); at >= 0; at = rewritten.indexOf(theirs, at + 1)) name(ownPort).copy(rewritten, at);
    return rewritten;
  });
}
