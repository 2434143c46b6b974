import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hasVisible, inOrder } from '#facts';
import { Destinations } from './destinations.ts';
import { html } from './engines.ts';
import { formatsOf } from './formats.ts';
import { MailLinks } from './mail-links.ts';
import type { Rendered, RenderInput } from './content.types.ts';
import type { Templates } from './content.types.ts';
import { render } from './render.ts';
import { told } from './scope.ts';
import { loadShop, mailOf, postalAddress, tokens, variables, visible } from './sample.ts';

let templates: Templates;
beforeAll(async () => {
  templates = await loadShop();
});

function made(input: RenderInput): Rendered {
  const mail = render(templates, input);
  if ('missing' in mail) throw new Error(`missing ${mail.missing.join(', ')}`);
  return mail;
}
const spaces = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ');

describe('numbers, plurals and dates in the formats of the person', () => {
  const words: [string, RenderInput, string[]][] = [
    [
      'es-ES',
      mailOf('count'),
      [
        '10 pedidos, Ana',
        'Con tu pedido del 2 de enero de 1998 llegaste a 10 pedidos por 1234,56 US$ desde el 1 de enero de 1997.',
      ],
    ],
    ['es-MX', mailOf('count', { locale: 'es-MX' }), ['10 pedidos por USD 1,234.56 desde el 1 de enero de 1997']],
    [
      'en-US',
      mailOf('count', { locale: 'en-US' }),
      ['10 orders, Ana', 'With your order of January 2, 1998 you reached 10 orders for $1,234.56 since January 1, 1997.'],
    ],
    ['en-GB', mailOf('count', { locale: 'en-GB' }), ['US$1,234.56 since 1 January 1997']],
    [
      'spend, en',
      mailOf('spend', { locale: 'en-US' }),
      ['Ana, you have passed $1,000.00', 'Between January 1, 1997 and January 2, 1998 you placed 12 orders for $1,234.56.'],
    ],
    ['spend, es', mailOf('spend'), ['Ana, has pasado de 1000,00 US$', 'hiciste 12 pedidos por 1234,56 US$']],
    ['welcome, es', mailOf('welcome'), ['Gracias, Ana', 'Tu primer pedido, de 1234,56 US$, nos llegó el 1 de enero de 1997.']],
    [
      'welcome, en',
      mailOf('welcome', { locale: 'en-US' }),
      ['Thank you, Ana', 'Your first order, for $1,234.56, reached us on January 1, 1997.'],
    ],
    ['win-back, es', mailOf('win-back'), ['Tu último pedido fue el 1 de octubre de 1997: hace 92 días.']],
    ['win-back, en', mailOf('win-back', { locale: 'en' }), ['Your last order was on October 1, 1997, 92 days ago.']],
    [
      'anniversary, es',
      mailOf('anniversary'),
      ['Hoy, 1 de enero de 1998, hace 1 año de tu primer pedido, el 1 de enero de 1997. En ese tiempo hiciste 12 pedidos'],
    ],
    [
      'anniversary, en',
      mailOf('anniversary', { locale: 'en-US' }),
      ['Today, January 1, 1998, it is 1 year since your first order on January 1, 1997. In that time you placed 12 orders'],
    ],
  ];
  test.each(words)('%s', (_, input, sentences) => {
    const mail = made(input);
    for (const sentence of sentences) {
      expect(spaces(visible(mail.html))).toContain(sentence);
    }
    expect(spaces(mail.text)).toContain(sentences.at(-1));
  });

  test('one and many', () => {
    const one = { ...variables.spend, aggregates: { ...variables.spend.aggregates, count: 1 } };
    expect(made(mailOf('spend', { variables: one })).text).toContain('Llegaste con un solo pedido, el del 1 de enero de 1997:');
    expect(made(mailOf('anniversary', { variables: { ...variables.anniversary, value: 2 } })).subject).toBe(
      '2 años desde tu primer pedido: gracias, Ana',
    );
    expect(made(mailOf('anniversary', { locale: 'en' })).subject).toBe('1 year since your first order: thank you, Ana');
    const first = { ...variables.count, threshold: 1, aggregates: { ...variables.count.aggregates, count: 1 } };
    expect(made(mailOf('count', { variables: first })).text).toMatch(/^1 pedido, Ana\.$/m);
    expect(made(mailOf('count', { variables: first, locale: 'en' })).text).toMatch(/^1 order, Ana\.$/m);
  });

  test('an instant is dated in the zone of the person, a date of its own is not moved', () => {
    // 02:00 UTC on 1 January 1997 is still 31 December in Mexico, and the anniversary's local date is in no zone.
    const mail = made(mailOf('anniversary', { zone: 'America/Mexico_City', decidedAt: Date.parse('1998-01-01T16:00:00Z') }));
    expect(mail.text).toContain('Hoy, 1 de enero de 1998, hace 1 año de tu primer pedido, el 31 de diciembre de 1996.');
    const far = made(mailOf('anniversary', { zone: 'Pacific/Auckland', locale: 'en-NZ' }));
    expect(far.text).toContain('first order on 1 January 1997');
  });

  test('a mail that was put off to the next day does not say today', () => {
    const mail = made(mailOf('anniversary', { decidedAt: Date.parse('1998-01-02T09:00:00Z') }));
    expect(mail.text).toContain('El 1 de enero de 1998 hizo 1 año');
    expect(mail.text).not.toContain('Hoy');
    expect(made(mailOf('win-back', { decidedAt: Date.parse('1998-01-04T09:00:00Z') })).text).toContain('hace 95 días');
  });

  test('an order worth nothing is money, an unknown sum is left out', () => {
    const free = { ...variables.welcome, aggregates: { ...variables.welcome.aggregates, sum_minor: 0 } };
    expect(spaces(made(mailOf('welcome', { variables: free, locale: 'en-US' })).text)).toContain(
      'Your first order, for $0.00, reached us',
    );
    const { sum_minor: _, ...unsummed } = variables.welcome.aggregates;
    expect(made(mailOf('welcome', { variables: { ...variables.welcome, aggregates: unsummed }, locale: 'en' })).text).toContain(
      'Your first order reached us',
    );
  });
});

describe('the language', () => {
  test.each([
    ['es-MX', 'Gracias, Ana'],
    ['es', 'Gracias, Ana'],
    ['en_GB', 'Thank you, Ana'],
    ['fr-FR', 'Gracias, Ana'],
    ['not a tag', 'Gracias, Ana'],
    ['', 'Gracias, Ana'],
  ])('%s', (locale, greeting) => {
    expect(made(mailOf('welcome', { locale })).text).toContain(greeting);
  });

  test('one without a template gets the default whole: words and numbers of one language', () => {
    const mail = made(mailOf('welcome', { locale: 'fr-FR' }));
    expect(spaces(mail.text)).toContain('de 1234,56 US$, nos llegó el 1 de enero de 1997');
    expect(mail.html).toContain('lang="es"');
  });
});

describe('what others wrote', () => {
  const printed = (x: string): string =>
    html.render(
      html.parse('{{ x }}'),
      { x },
      {
        formats: formatsOf('en', 'UTC'),
        links: new MailLinks(mailOf('welcome').links),
        destinations: new Destinations([], [], []),
        decidedAt: 0,
      },
    );
  const hostile = '<script>alert(1)</script>{{7*7}}{% x %}"\'&';
  test('is text in html and never code', () => {
    const name = `Ana <script "'& 7*7`;
    const mail = made(mailOf('welcome', { name }));
    expect(mail.html).not.toMatch(/<script/i);
    expect(visible(mail.html)).toContain(`Gracias, ${name}`);
    expect(mail.text).toContain(`Gracias, ${name}.`);
    expect(printed(hostile)).toBe(hostile.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`));
  });

  test('greets nobody by a name that a program or a placeholder wrote', () => {
    for (const name of [hostile, 'undefined undefined', 'null', '{{ first_name }}', '%FNAME%', '[object Object]', 'N/A']) {
      const mail = made(mailOf('welcome', { name }));
      expect(mail.subject).toBe('Gracias por tu primer pedido');
      expect(mail.html + mail.text).not.toContain(name);
    }
  });

  test('takes a value that a program printed for no value as absent', () => {
    for (const currency of ['undefined', 'null', '[object Object]', ' ', '\u200b'])
      expect(
        render(
          templates,
          mailOf('spend', { variables: { ...variables.spend, aggregates: { ...variables.spend.aggregates, currency } } }),
        ),
      ).toEqual({
        missing: ['aggregates.currency'],
      });
  });

  test('cannot reorder the words around it, in subject and body', () => {
    const turn = fc
      .integer({ min: 0x200e, max: 0x2069 })
      .filter((code) => /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(String.fromCharCode(code)));
    const around = fc
      .array(
        fc.oneof(
          turn.map((code) => String.fromCharCode(code)),
          fc.constantFrom('a', 'א', ' ', '\n'),
        ),
        { maxLength: 12 },
      )
      .map((signs) => signs.join(''));
    fc.assert(
      fc.property(around, (value) => {
        if (!hasVisible(value)) return;
        expect(printed(value)).toBe(inOrder(value));
        const mail = made(mailOf('welcome', { name: `Ana${value}` }));
        expect(mail.subject + mail.text + mail.html).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  test.each([
    ['line ends', 'Ana\r\nBcc: all@evil.example\u0000', undefined],
    ['line ends without an address', 'Ana\r\n\tMaría', 'Ana María'],
    ['an address', 'Win at evil.example', undefined],
    ['a link', 'https://evil', undefined],
    ['blank', ' \u200b ', undefined],
    ['much', 'x'.repeat(61), undefined],
    ['initials', 'J. R. R.', 'J. R. R.'],
  ])('a name with %s', (_, name, greeted) => {
    const mail = made(mailOf('welcome', { name }));
    expect(mail.subject).toBe(
      greeted === undefined ? 'Gracias por tu primer pedido' : `${greeted}, gracias por tu primer pedido`,
    );
    expect(mail.html + mail.text).not.toContain('evil');
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '/reset',
    'ftp://x.example',
    'https://user:pw@x.example/',
    '//x.example/reset',
    7,
    '',
  ])('a reset address %p is refused', (reset_url) => {
    const mail = render(templates, mailOf('password-reset', { variables: { properties: { reset_url } } }));
    expect(mail).toMatchObject({
      missing: [
        reset_url === ''
          ? 'properties.reset_url'
          : expect.stringMatching(/cta\.url|blank|unreadable address|leads to x\.example/),
      ],
    });
  });
});

describe('links', () => {
  test.each([2_100, 7_900, 12_000])('a reset address of %d signs is sent', (length) => {
    const reset_url = `https://shop.example/${'a'.repeat(length)}`;
    expect(made(mailOf('password-reset', { variables: { properties: { reset_url } } })).text).toContain(reset_url);
  });

  test('lead to the signed address, with the same number in html and text', () => {
    const mail = made(mailOf('welcome'));
    const [inText] = mail.text.match(/https:\/\/mail\.shop\.example\/t\/c\/\S+/) ?? [];
    expect(mail.html).toContain(`href="${inText ?? 'none'}"`);
    expect(tokens.read('click', inText?.split('/').at(-1) ?? '')).toMatchObject({
      url: 'https://shop.example/es/pedidos',
      index: 0,
    });
    expect(mail.html).toMatch(/<img src="https:\/\/mail\.shop\.example\/t\/o\//);
  });

  test('without consent to tracking: no pixel and no rewritten link, but the way out', () => {
    const mail = made(mailOf('welcome', { tracked: false }));
    expect(mail.html).not.toMatch(/<img|\/t\/[co]\//);
    expect(mail.html).toContain('href="https://shop.example/es/pedidos"');
    expect(mail.html).toContain('href="https://mail.shop.example/t/u/');
  });

  test('a secret address is in no token; a transactional mail has no unsubscription', () => {
    const mail = made(mailOf('password-reset'));
    expect(mail.html).toContain('href="https://shop.example/reset?token=s3cret&#38;lang=es"');
    expect(mail.text).toContain('https://shop.example/reset?token=s3cret&lang=es');
    expect(mail.html + mail.text).not.toMatch(/\/t\/[cu]\//);
    expect(mail.text).toContain(postalAddress);
  });
});

describe('a value that leads elsewhere', () => {
  const reset = (reset_url: string) => render(templates, mailOf('password-reset', { variables: { properties: { reset_url } } }));

  test('makes no mail, and the reason names its host and what to do', () => {
    expect(reset('https://evil.example/reset?token=s3cret')).toEqual({
      missing: [
        'properties.reset_url (leads to evil.example, which links.hosts in the playbook does not name; add it there if it is yours)',
      ],
      foreign: true,
    });
  });

  test.each([
    ...['https://shop.example@evil.example/', 'https://shop.example:pw@evil.example/', 'https://evil.example\\@shop.example/'],
    ...['https://evil.example\\.shop.example/', 'https:\\\\evil.example/', 'ht\ttps://evil.example/', ' https://evil.example/ '],
    ...[
      'HTTPS://EVIL.EXAMPLE/',
      'https://shop.example.evil.example/',
      'https://shop.example.',
      'https://shop.example..evil.example/',
    ],
    ...['https://xn--shp-yna.example/', 'https://sh\u03bfp.example/', 'https://shop.example:8443/', 'https://a.shop.example/'],
    ...[
      'https://shop.example%2eevil.example/',
      'https://shop.example#@evil.example/',
      'https://evil.example/#https://shop.example/',
    ],
    ...[
      'mailto:eve@evil.example',
      'mailto:eve@shop.example',
      'tel:+34910000000',
      'sms:+34910000000',
      'https://[::1]/',
      'https://1/',
    ],
  ])('%j leads to shop.example, or to no mail', (spelled) => {
    const mail = reset(spelled);
    if ('missing' in mail) return;
    for (const [, href = ''] of mail.html.matchAll(/href="([^"]*)"/g))
      expect(new URL(href.replaceAll('&#38;', '&')).host.replace(/\.$/, '')).toBe('shop.example');
    for (const [href] of mail.text.matchAll(/https?:\S+/g)) expect(new URL(href).host.replace(/\.$/, '')).toBe('shop.example');
  });

  test('is in no mail, however its address is spelled', () => {
    const host = fc.constantFrom(
      'shop.example',
      'SHOP.example',
      'evil.example',
      'shop.example.evil.example',
      'evil.example.',
      'shop.example.',
    );
    const sign = fc.constantFrom(
      '@',
      '\\',
      '/',
      '?',
      '#',
      ':',
      ':443',
      ':8443',
      '\t',
      '\n',
      ' ',
      '.',
      '%40',
      '\u3002',
      '\u00ad',
      '',
    );
    const spelled = fc
      .tuple(
        fc.constantFrom('https:', 'http:', 'HTTPS:', 'ht\ttps:', ' https:'),
        fc.constantFrom('//', '\\\\', '/\\', '/', ''),
        fc.array(fc.oneof(host, sign), { maxLength: 6 }),
      )
      .map(([scheme, slashes, parts]) => scheme + slashes + parts.join(''));
    fc.assert(
      fc.property(spelled, (url) => {
        const mail = reset(url);
        if ('missing' in mail) return;
        const [, href = ''] = /href="([^"]*)"/.exec(mail.html) ?? [];
        expect(new URL(href.replaceAll('&#38;', '&')).host).toMatch(/^shop\.example\.?$/);
      }),
      { numRuns: 3_000 },
    );
  });
});

test('keys that every object has are values like others, at any depth', () => {
  const names = Object.getOwnPropertyNames(Object.prototype);
  for (const name of names) {
    const inner = JSON.parse(`{${JSON.stringify(name)}: {"toString": 1, "reset_url": "https://evil.example/"}}`) as object;
    const mail = render(templates, mailOf('password-reset', { variables: { ...inner, properties: { ...inner } } }));
    expect(mail).toEqual({ missing: ['properties.reset_url'] });
    const kept = told({ properties: inner }, () => true) as { properties: object };
    expect(Object.keys(kept.properties)).toEqual([name]);
    expect(Object.getPrototypeOf(kept.properties)).toBeNull();
  }
});

test('the same input gives the same bytes', () => {
  expect(made(mailOf('spend'))).toEqual(made(mailOf('spend')));
});

test('all that is missing is told at once', () => {
  expect(render(templates, mailOf('spend', { variables: {} }))).toEqual({
    missing: ['aggregates.count', 'aggregates.currency', 'aggregates.first_at', 'threshold', 'value'],
  });
});

test('a template that is not there', () => {
  expect(render(templates, { ...mailOf('count'), template: 'birthday' })).toEqual({ missing: ['template birthday'] });
});
