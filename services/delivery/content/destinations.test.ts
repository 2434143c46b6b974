import { describe, expect, test } from '@jest/globals';
import { anyHost } from '#facts';
import { Destinations } from './destinations.ts';
import { Elsewhere, Unusable } from './unusable.ts';

const of = (source: string, line = 'https://shop.example/orders', hosts: string[] = []): Destinations =>
  new Destinations(hosts, [source], [line]);
const leads = (destinations: Destinations, url: string): string => {
  try {
    return destinations.link(url, 'link').href;
  } catch (error) {
    return error instanceof Elsewhere ? 'elsewhere' : error instanceof Unusable ? 'unusable' : String(error);
  }
};

describe('where a link may lead', () => {
  test('anywhere, where the playbook names no hosts; never to what no mail may lead to', () => {
    const anywhere = of('{{ properties.url }}', '', [anyHost]);
    for (const url of ['https://any.example/x', 'mailto:help@shop.example', 'tel:+34910000000'])
      expect(leads(anywhere, url)).toBe(url);
    for (const url of ['javascript:alert(1)', 'data:text/html,x', '//any.example/x'])
      expect(leads(anywhere, url)).toBe('unusable');
    expect(anywhere.elsewhere('see https://any.example/x')).toBeUndefined();
  });

  test('an address that the template writes out whole is taken, and nothing below it', () => {
    const destinations = of("{{ 'https://social.example/marea' | link }}{{ 'mailto:help@shop.example' | link }}");
    expect(leads(destinations, 'https://social.example/marea')).toBe('https://social.example/marea');
    expect(leads(destinations, 'https://shop.example/orders')).toBe('https://shop.example/orders');
    expect(leads(destinations, 'mailto:help@shop.example')).toBe('mailto:help@shop.example');
    for (const url of [
      'https://social.example/mareaevil',
      'https://social.example/',
      'https://shop.example/',
      'mailto:eve@evil.example',
    ])
      expect(leads(destinations, url)).toBe('elsewhere');
  });

  test('an address that the template begins may be ended by a value, and stays below its beginning', () => {
    const appended = of("{{ 'https://shop.example/o/' | append: properties.id | link }}");
    const prepended = of("{{ properties.id | prepend: 'https://shop.example/o/' | link }}");
    const line = of('', 'https://shop.example/o/{{ properties.id }}');
    for (const destinations of [appended, prepended, line]) {
      expect(leads(destinations, 'https://shop.example/o/7')).toBe('https://shop.example/o/7');
      for (const url of [
        'https://shop.example/o/../logout',
        'https://shop.example/other',
        'https://shop.example.evil.example/o/',
      ])
        expect(leads(destinations, url)).toBe('elsewhere');
    }
  });

  test.each([
    "{{ 'https://shop.example' | append: properties.path | link }}",
    "{{ 'https://' | append: properties.host | link }}",
    "{{ 'mailto:' | append: properties.to | link }}",
  ])('a beginning without a whole host, %s, allows nothing', (source) => {
    for (const url of [
      'https://shop.example.evil.example/',
      'https://shop.example@evil.example/',
      'https://evil.example/',
      'mailto:a@evil.example',
    ])
      expect(leads(of(source), url)).toMatch(/elsewhere|unusable/);
  });

  test('a declared host is taken for links and pictures, an anchor always', () => {
    const destinations = of('', 'https://shop.example/', ['*.shop.example', 'pay.example']);
    expect(leads(destinations, 'https://cdn.SHOP.example./a')).toBe('https://cdn.shop.example./a');
    expect(destinations.picture('https://pay.example/a.png')).toBe('https://pay.example/a.png');
    expect(leads(destinations, '#top')).toBe('#top');
    expect(() => destinations.picture('https://evil.example/a.png')).toThrow(Elsewhere);
    expect(() => destinations.picture('mailto:a@pay.example')).toThrow(Unusable);
  });
});

test.each([
  ['Read it at https://evil.example/x.', 'evil.example'],
  ['(www.evil.example)', 'evil.example'],
  ['HTTP:\\\\evil.example', 'evil.example'],
  ['https://shop.example, then https://evil.example', 'evil.example'],
  ['https://shop.example@evil.example', 'an unreadable address'],
  ['https://shop.example:99999/', 'an unreadable address'],
  ['1http://evil.example and _https://shop.example', 'evil.example'],
  ['_www.evil.example', 'www.evil.example'],
  ['ftp://evil.example', 'an unreadable address'],
  ['Your account is locked: evil.example/login', 'evil.example'],
  ['evil.test?u=1', 'evil.test'],
  ['evil.test:8443', 'evil.test:8443'],
  ['//evil.test/x', 'evil.test'],
  ['Win at EVIL.COM!', 'evil.com'],
  ['b\u00fccher.test/x', 'xn--bcher-kva.test'],
  ['(shop.example/orders/7), shop.example and www.shop.example.', 'www.shop.example'],
  ['help@evil.example', undefined],
  ['Dr.Oetker, St.Gallen, 1.5/2 kg, v2.0/beta, fast.It works, and/or, km/h', undefined],
  ['https://shop.example. Then https://shop.example/a, \u201chttps://shop.example\u201d', undefined],
  ['Node.js, www, http and report.pdf', undefined],
])('the text %j leads to %j', (text, host) => {
  expect(of('', '#', ['shop.example']).elsewhere(text)).toBe(text.startsWith('(www') ? 'www.evil.example' : host);
});
