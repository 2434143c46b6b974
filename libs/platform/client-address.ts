import type { IncomingMessage, Server } from 'node:http';
import { isIP } from 'node:net';
import type { INestApplication } from '@nestjs/common';

/**
 * A proxy sends a request on a connection that it believes to be open: it must be the one that closes first, or its client sees a 502.
 * Longer than any proxy's own limit (source: https://cloud.google.com/load-balancing/docs/https/request-distribution, 600 s), ms.
 */
const proxyIdleMs = 620_000;

/**
 * From now on `X-Forwarded-For` counts where the connection comes from one of these networks, and nowhere else: anybody can
 * write that header. Express reads it from its end, hop by hop, up to the first address that is not trusted.
 */
export function trustProxies(app: INestApplication, networks: readonly string[]): void {
  const express = app.getHttpAdapter().getInstance() as { set(name: string, value: unknown): void };
  express.set('trust proxy', networks.length === 0 ? false : [...networks]);
  if (networks.length > 0) (app.getHttpServer() as Server).keepAliveTimeout = proxyIdleMs;
}

/**
 * The address that a request comes from, as the trusted proxies tell it: always an IP address, without port, zone or the
 * IPv6 form of an IPv4 address. What a proxy passes on and is none counts as the proxy's own; empty where the socket is gone.
 */
export function clientAddress(request: IncomingMessage & { readonly ip?: string | undefined }): string {
  return addressIn(request.ip) ?? addressIn(request.socket.remoteAddress) ?? '';
}

/** Some proxies write a port behind the address: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
const withPort = /^\[([^\]]*)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/;

function addressIn(text = ''): string | undefined {
  const [, six, four] = withPort.exec(text) ?? [];
  const [address = ''] = (six ?? four ?? text).toLowerCase().split('%');
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return isIP(plain) === 0 ? undefined : plain;
}

/**
 * Whose share of a limit an address uses up: an IPv4 address its own, an IPv6 address that of its /64, which is what one
 * subscriber has.
 */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':');
}
