import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** How a registry answers in place of what it knows. */
export interface Misbehaviour {
  readonly status: number;
  readonly body: string;
  /** Answers only after so many ms. */
  readonly afterMs?: number;
}

/** A registry with Confluent's API, which misbehaves where a test says so. */
export class TestRegistry {
  readonly asked: string[] = [];
  /** What it knows, by path. */
  readonly answers = new Map<string, object>();
  readonly logins: (string | undefined)[] = [];
  /** What the next answers are instead, one each. */
  readonly next: Misbehaviour[] = [];
  /** What every answer is instead. */
  broken: Misbehaviour | undefined;
  private readonly server: Server;

  /** `tls`: PEM of a key and a certificate, where it speaks https. */
  constructor(private readonly tls?: { readonly key: string; readonly cert: string }) {
    const answer: Parameters<typeof createServer>[1] = (request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      this.logins.push(request.headers.authorization);
      const known = this.answers.get(path);
      const {
        status,
        body,
        afterMs = 0,
      } = this.broken ??
        this.next.shift() ?? {
          status: known === undefined ? 404 : 200,
          body: JSON.stringify(known ?? { error_code: 40403, message: 'Schema not found' }),
        };
      setTimeout(() => {
        response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(body);
      }, afterMs);
    };
    this.server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => {
      this.server.listen(0, '127.0.0.1', resolve);
    });
    return this;
  }

  get url(): string {
    const port = String((this.server.address() as AddressInfo).port);
    return this.tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** A value as a writer with a registry frames it: a zero byte, the schema's id, and what is written by the schema. */
export function framed(id: number, ...payload: (Uint8Array | readonly number[])[]): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(id, 1);
  return Buffer.concat([head, ...payload.map((part) => Buffer.from(part))]);
}
