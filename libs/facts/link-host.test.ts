import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostOf, isLinkHost, linkHost } from './link-host.ts';

test.each([
  ['shop.example', 'shop.example'],
  ['SHOP.Example.', 'shop.example'],
  ['b\u00fccher.example', 'xn--bcher-kva.example'],
  ['*.B\u00fccher.example', '*.xn--bcher-kva.example'],
  ['shop.example:8443', 'shop.example:8443'],
  ['shop.example:443', 'shop.example'],
  ['localhost:3000', 'localhost:3000'],
  ['127.0.0.1', '127.0.0.1'],
])('reads the host %j as %j', (text, host) => {
  expect(linkHost(text)).toBe(host);
});

test.each([
  ...[
    '',
    '*',
    '*.',
    '*.example',
    '*.example.',
    '*.*.example',
    'a.*.example',
    '*shop.example',
    'https://shop.example',
    'shop.example/',
  ],
  ...['a@shop.example', 'shop.example:', 'shop.example:x', 'shop.example:99999', '[::1]', 'shop example', 'shop.example\t', '..'],
  ...['*.1.2.3.4', '*.127.1'],
])('refuses %j as a host', (text) => {
  expect(linkHost(text)).toBeUndefined();
});

test('a host below a wildcard fits it, and the wildcard itself and look-alikes do not', () => {
  const fits = (url: string): boolean => isLinkHost(hostOf(new URL(url)), ['*.shop.example', 'pay.example:8443', 'bank.example']);
  for (const url of ['https://a.shop.example/', 'https://a.b.SHOP.example./x', 'https://pay.example:8443/'])
    expect(fits(url)).toBe(true);
  for (const url of [
    ...[
      'https://shop.example/',
      'https://evilshop.example/',
      'https://shop.example.evil.example/',
      'https://a.shop.example:8443/',
    ],
    ...[
      'https://pay.example/',
      'https://bank.example.evil.example/',
      'https://a.shop.example@evil.example/',
      'https://evil.example\\.shop.example/',
    ],
  ])
    expect(fits(url)).toBe(false);
});

test('reading a host again changes nothing', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.domain(), fc.webAuthority(), fc.string(), fc.string({ unit: 'binary' })),
      fc.boolean(),
      (text, wild) => {
        const host = linkHost(wild ? `*.${text}` : text);
        if (host !== undefined) expect(linkHost(host)).toBe(host);
      },
    ),
  );
});
