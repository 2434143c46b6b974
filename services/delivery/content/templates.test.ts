import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Templates } from './content.types.ts';
import { render } from './render.ts';
import { loadShop, mailOf, postalAddress, variables, visible } from './sample.ts';

let templates: Templates;
beforeAll(async () => {
  templates = await loadShop();
});

const names = Object.keys(variables) as (keyof typeof variables)[];
const all = names.flatMap((name) => ['es', 'en'].map((locale) => [name, locale] as const));

test('the shop has these templates', () => {
  expect([...templates.names].sort()).toEqual([...names].sort());
});

describe.each(all)('%s in %s', (name, locale) => {
  test.each([['Ana'], [undefined]])('says all it has to say (name: %s)', (person) => {
    const mail = render(templates, mailOf(name, { locale, name: person }));
    if ('missing' in mail) throw new Error(mail.missing.join());
    const html = visible(mail.html);
    for (const part of [mail.subject, mail.text, html]) {
      expect(part.trim()).not.toBe('');
      expect(part).not.toMatch(/undefined|null|NaN|Invalid|\[object|\{\{|\{%| ,|\(\)| {2,}\S/);
    }
    expect(mail.subject).not.toMatch(/[\r\n]/);
    expect(mail.subject.length).toBeLessThanOrEqual(78);
    expect(html).toContain(postalAddress);
    expect(mail.text).toContain(postalAddress);
    expect(mail.text).toMatch(locale === 'es' ? /Recibes este correo porque/ : /You get this mail because/);
    expect(mail.html).toContain(`lang="${locale}"`);
    if (person !== undefined) expect(html).toContain(person);
  });

  test('claims no agreement, which may not be on record', () => {
    const mail = render(templates, mailOf(name, { locale }));
    if ('missing' in mail) throw new Error(mail.missing.join());
    for (const part of [mail.text, visible(mail.html)])
      expect(part).not.toMatch(/agreed|consent|subscribed|signed up|asked for news|acepta|consent|suscri|apuntaste|autoriza/i);
  });

  test('has one primary call to action, in both parts, and loads nothing from elsewhere', () => {
    const mail = render(templates, mailOf(name, { locale, tracked: false }));
    if ('missing' in mail) throw new Error(mail.missing.join());
    expect(mail.html.match(/class="cta"/g)).toHaveLength(1);
    const links = [...mail.html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(links.filter((href) => !href?.includes('/t/u/'))).toHaveLength(1);
    expect(links).toHaveLength(name === 'password-reset' ? 1 : 2);
    expect(mail.text.match(/https:\/\/shop\.example\//g)).toHaveLength(1);
    expect(mail.html).not.toMatch(/\bsrc=|@import|<link|url\(/);
    expect(Buffer.byteLength(mail.html)).toBeLessThan(100_000);
    expect(Math.max(...mail.html.split('\n').map((line) => Buffer.byteLength(line)))).toBeLessThan(998);
  });

  test('is not made when a required value is absent, null, blank or not a number', () => {
    const required = templates.find(name, locale)?.required ?? [];
    expect(required.length).toBeGreaterThan(0);
    for (const path of required) {
      for (const nothing of [undefined, null, ' ', NaN]) {
        const mail = render(templates, mailOf(name, { locale, variables: without(variables[name], path.split('.'), nothing) }));
        expect(mail).toEqual({ missing: [path] });
      }
    }
  });

  test('is not made when a required value is of another kind', () => {
    for (const path of templates.find(name, locale)?.required ?? []) {
      const mail = render(templates, mailOf(name, { locale, variables: without(variables[name], path.split('.'), { a: 1 }) }));
      expect(mail).toHaveProperty('missing');
    }
  });

  test('says more than a name (P01)', () => {
    expect(templates.find(name, locale)?.required.filter((path) => path !== 'name')).not.toEqual([]);
  });
});

function without(value: object, [step = '', ...rest]: readonly string[], put: unknown): Record<string, unknown> {
  const inner = (value as Record<string, unknown>)[step];
  return { ...value, [step]: rest.length === 0 ? put : without(inner as object, rest, put) };
}
