import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientAddress, networkOf } from './client-address.ts';
import { proxyList } from './proxy-list.ts';

const from = (ip: string | undefined, remoteAddress = '10.0.0.1') =>
  clientAddress({ ip, socket: { remoteAddress } } as unknown as IncomingMessage & { ip: string | undefined });

describe('clientAddress', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['[2001:DB8::1]:4711', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['unknown', '10.0.0.1'],
    ['<script>', '10.0.0.1'],
    ['', '10.0.0.1'],
    [undefined, '10.0.0.1'],
  ])('%s is %s', (ip, address) => {
    expect(from(ip)).toBe(address);
  });

  it('is an IP address whatever a proxy passes on', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (ip) => isIP(from(ip)) !== 0));
  });
});

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['2001:0db8:0001::', '2001:db8:1:0'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('is one for all addresses of a /64', () => {
    const part = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16));
    const half = fc.array(part, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(half, half, half, (net, a, b) => {
        expect(networkOf([...net, ...a].join(':'))).toBe(networkOf([...net, ...b].join(':')));
      }),
    );
  });
});

describe('HITO_TRUSTED_PROXIES', () => {
  it.each(['10.0.0.0/8', 'loopback, 192.0.2.1', 'uniquelocal,2001:db8::/32'])('may be %s', (text) => {
    expect(proxyList.safeParse(text).success).toBe(true);
  });

  it.each(['', 'true', '10.0.0.0/99', 'proxy.example', '10.0.0.0/8,'])('may not be "%s"', (text) => {
    expect(proxyList.safeParse(text).error?.issues[0]?.message).toMatch(/neither an address/);
  });
});
