import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkTemplates } from './check-plays.ts';
import { loadTemplates } from './load.ts';
import { render } from './render.ts';
import { loadShop, mailOf, shopTemplates } from './sample.ts';

const frame = { postalAddress: 'Calle Mayor 1', defaultLocale: 'es', linkHosts: ['shop.example'] };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'templates-'));
  // Two of the shop's templates: compiling all of them for every fault takes long.
  cpSync(shopTemplates, directory, {
    recursive: true,
    filter: (file) => file === shopTemplates || /\/(layout|count|spend)\.[\w.]+$/.test(file),
  });
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function edit(file: string, from: string | RegExp, to: string): void {
  const path = join(directory, file);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(from, () => to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  writeFileSync(path, after);
}

describe('what is wrong is told at boot, with its file and what to do', () => {
  const faults: [string, () => void, RegExp[]][] = [
    ['no text part', () => rmSync(join(directory, 'count.en.txt.liquid')), [/count\.en\.txt\.liquid is missing\. Write it/]],
    ['no subject', () => edit('count.en.yaml', /subject:.*/, ''), [/count\.en\.yaml:1: subject is missing\. Write it\./]],
    ['not YAML', () => edit('count.en.yaml', /subject:.*/, 'subject: "'), [/count\.en\.yaml:\d is not YAML: /]],
    [
      'an unknown key',
      () => edit('count.en.yaml', 'preheader:', 'preheadr:'),
      [/count\.en\.yaml:1: preheader is missing/, /count\.en\.yaml:1: there is no key preheadr\. There are: subject/],
    ],
    [
      'not in the default language',
      () => ['yaml', 'mjml.liquid', 'txt.liquid'].forEach((kind) => rmSync(join(directory, `count.es.${kind}`))),
      [/count\.es\.yaml is missing/],
    ],
    ['a language without words', () => rmSync(join(directory, 'layout.en.yaml')), [/layout\.en\.yaml is missing/]],
    [
      'a second call to action',
      () => edit('count.en.mjml.liquid', '</mj-column>', '<mj-button href="https://x.example">x</mj-button></mj-column>'),
      [/count\.en\.mjml\.liquid: take the mj-button out.*count\.en\.yaml/],
    ],
    [
      'a link past the filter',
      () => edit('count.en.mjml.liquid', 'Thank you', "<a HREF = 'https://shop.example/'>Thank you</a>"),
      [/count\.en\.mjml\.liquid:4: href="https:\/\/shop\.example\/" must go through the filter link/],
    ],
    ['MJML that is none', () => edit('count.en.mjml.liquid', '<mj-text', '<mj-txt'), [/count\.en\.mjml\.liquid/]],
    [
      'Liquid that is none',
      () => edit('count.en.txt.liquid', '{{ threshold', '{% if %}{{ threshold'),
      [/count\.en\.txt\.liquid:1: /],
    ],
    [
      'an unknown filter',
      () => edit('count.en.txt.liquid', '| number', '| numbr'),
      [/count\.en\.txt\.liquid:1: there is no filter numbr\./],
    ],
    [
      'unescaped output',
      () => edit('count.en.mjml.liquid', '{{ name }}', '{{ name | raw }}'),
      [/count\.en\.mjml\.liquid:3: there is no filter raw\./],
    ],
    [
      'a misspelt optional value',
      () => edit('count.en.yaml', 'aggregates.last_at', 'aggregates.lst_at'),
      [/count\.en\.yaml:4: optional names aggregates\.lst_at, which the template does not use/],
    ],
    [
      'a layout without room',
      () => edit('layout.mjml.liquid', '{{ content }}', ''),
      [/layout\.mjml\.liquid: \{\{ content \}\} must stand in it once/],
    ],
  ];
  test.each(faults)('%s', async (_, spoil, messages) => {
    spoil();
    const problem = await loadTemplates(directory, frame).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );
    for (const message of messages) expect(problem).toMatch(message);
  });

  test('all problems at once, one a line', async () => {
    rmSync(join(directory, 'count.en.txt.liquid'));
    edit('spend.es.txt.liquid', 'money', 'monney');
    await expect(loadTemplates(directory, frame)).rejects.toThrow(
      /^[^\n]*count\.en\.txt\.liquid[^\n]*\n[^\n]*spend\.es\.txt\.liquid[^\n]*$/,
    );
  });

  test('no directory, an empty one, no postal address', async () => {
    await expect(loadTemplates(join(directory, 'none'), frame)).rejects.toThrow(/none cannot be read.*Set HITO_TEMPLATES/);
    await expect(loadTemplates(mkdtempSync(join(directory, 'empty-')), frame)).rejects.toThrow(/holds no template/);
    await expect(loadTemplates(directory, { ...frame, postalAddress: ' ' })).rejects.toThrow(/HITO_POSTAL_ADDRESS is empty/);
  });

  test('a template that no values bring to print, and one that throws with some values', async () => {
    edit('count.en.txt.liquid', '| number', '| slice: 0, 0');
    edit('spend.en.txt.liquid', '{% if name %}', '{% if aggregates.count == 2 %}{{ name | plural: 1 }}{% endif %}{% if name %}');
    edit('spend.es.mjml.liquid', '<mj-text>', "<mj-text>{{ value | money: 'dollars' }}");
    await expect(loadTemplates(directory, frame)).rejects.toThrow(
      /count\.en\.txt\.liquid:1: no mail can be made of it.*a blank value\.\n.*spend\.es\.mjml\.liquid:5: no mail can be made of it.*currency\.\n.*spend\.en\.txt\.liquid:1: it cannot be made with some values: /,
    );
  });

  test('a template that requires what its play never brings', async () => {
    const templates = await loadShop();
    expect(() => {
      checkTemplates(templates, [
        { id: 'back', template: 'win-back', on: { stage: 'lapsed' } },
        { id: 'odd', template: 'win-back', on: { milestone: ['orders-1'] } },
      ]);
    }).toThrow(
      /^play odd: its template win-back\.es requires since, which no decision about a milestone brings\. It brings: milestone, /,
    );
  });

  test('a play whose template is not there', async () => {
    const templates = await loadShop();
    expect(() => {
      checkTemplates(templates, [
        { id: 'greet', template: 'welcome' },
        { id: 'birthday', template: 'cake' },
      ]);
    }).toThrow(/^play birthday: there is no template cake\. There are: anniversary, count, /);
  });
});

test('the layout is shared: changed once, all mails change and keep their own part (P05)', async () => {
  edit(
    'layout.mjml.liquid',
    '{{ content }}',
    '<mj-section><mj-column><mj-text>Rebajas</mj-text></mj-column></mj-section>{{ content }}',
  );
  const templates = await loadTemplates(directory, frame);
  for (const name of ['count', 'spend'] as const) {
    const mail = render(templates, mailOf(name));
    expect(mail).toHaveProperty('html', expect.stringContaining('Rebajas'));
    expect(mail).toHaveProperty('html', expect.stringMatching(/Ana/));
  }
});

test('an optional value that a template prints without asking for it stops the mail', async () => {
  edit('count.en.txt.liquid', '{% if name %}, {{ name }}{% endif %}', ', {{ name }}');
  const templates = await loadTemplates(directory, frame);
  expect(render(templates, mailOf('count', { locale: 'en', name: undefined }))).toEqual({ missing: ['name'] });
  expect(render(templates, mailOf('count', { locale: 'en' }))).toHaveProperty('text', expect.stringContaining('10 orders, Ana.'));
});

test('a value that comes out blank stops the mail', async () => {
  edit('count.en.txt.liquid', '{{ threshold', "{{ kind | remove: 'count' }}{{ threshold");
  const templates = await loadTemplates(directory, frame);
  expect(render(templates, mailOf('count', { locale: 'en' }))).toEqual({ missing: ['a blank value'] });
});

test('further links are numbered after the call to action, an address in both parts once', async () => {
  const help = `{{ 'https://shop.example/help' | link }}`;
  edit('count.en.mjml.liquid', 'Thank you', `<a href="${help}">Help</a> Thank you`);
  edit('count.en.txt.liquid', 'Thank you', `Help: ${help} Thank you`);
  const templates = await loadTemplates(directory, frame);
  const numbered: string[] = [];
  const click = (url: string, index: number): string => `https://m.example/${String(numbered.push(`${String(index)} ${url}`))}`;
  render(
    templates,
    mailOf('count', { locale: 'en', links: { click, open: () => undefined, unsubscribe: () => 'https://m.example/u' } }),
  );
  expect(numbered).toEqual(['0 https://shop.example/en/orders', '1 https://shop.example/help']);
});
