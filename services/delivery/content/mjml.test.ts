import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadTemplates } from './load.ts';
import { render } from './render.ts';
import { mailOf, shopTemplates, visible } from './sample.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'templates-'));
  cpSync(shopTemplates, directory, {
    recursive: true,
    filter: (file) => file === shopTemplates || /\/layout\.(mjml|txt|es)/.test(file),
  });
  writeFileSync(
    join(directory, 'm.es.yaml'),
    "subject: S\npreheader: P\ncta: { label: L, url: 'https://shop.example/' }\noptional: [properties.coupon, properties.items]\n",
  );
  writeFileSync(
    join(directory, 'm.es.txt.liquid'),
    '{{ properties.coupon | default: "-" }}{% for i in properties.items %}{{ i.name }}{% endfor %}\n',
  );
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const text = '<mj-text>{{ properties.coupon | default: "-" }}{% for i in properties.items %} {{ i.name }}{% endfor %}</mj-text>';
const section = (inside: string): string => `<mj-section><mj-column>${inside}</mj-column></mj-section>`;

async function shown(mjml: string, properties: Record<string, unknown> = { items: [] }): Promise<string> {
  writeFileSync(join(directory, 'm.es.mjml.liquid'), mjml);
  const templates = await loadTemplates(directory, { postalAddress: 'A', defaultLocale: 'es', linkHosts: ['shop.example'] });
  const mail = render(templates, { ...mailOf('password-reset'), template: 'm', variables: { properties } });
  return 'missing' in mail ? JSON.stringify(mail) : mail.html;
}
const refusal = (mjml: string): Promise<string> =>
  shown(mjml).then(
    () => 'taken',
    (error: unknown) => (error as Error).message,
  );

describe('Liquid that MJML would drop is refused with file, line and the way to write it:', () => {
  test.each([
    [
      'if around a text',
      `<mj-section><mj-column>\n{% if properties.coupon %}<mj-text>x</mj-text>{% endif %}${text}</mj-column></mj-section>`,
      2,
      '{% if properties.coupon %}',
    ],
    [
      'if around a section',
      `${section(text)}\n\n{% if properties.coupon %}${section('<mj-text>x</mj-text>')}{% endif %}`,
      3,
      '{% if properties.coupon %}',
    ],
    [
      'if around a column',
      `<mj-section>\n{% if properties.coupon %}<mj-column>${text}</mj-column>{% endif %}</mj-section>`,
      2,
      '{% if properties.coupon %}',
    ],
    [
      'for around a section',
      `\n{%- for i in properties.items -%}${section(text)}{%- endfor -%}`,
      2,
      '{%- for i in properties.items -%}',
    ],
    [
      'a value between the elements',
      `<mj-section><mj-column>\n{{ properties.coupon }}${text}</mj-column></mj-section>`,
      2,
      '{{ properties.coupon }}',
    ],
  ])('%s', async (_, mjml, line, part) => {
    expect(await refusal(mjml)).toContain(`${join(directory, 'm.es.mjml.liquid')}:${String(line)}: MJML drops ${part}`);
    expect(await refusal(mjml)).toContain(`Write <mj-raw>${part}</mj-raw>.`);
  });

  test('so are words between the elements, an include, and Liquid in an attribute that MJML computes with', async () => {
    expect(await refusal(`<mj-section><mj-column>Hello there${text}</mj-column></mj-section>`)).toMatch(/:1: MJML drops "Hello"/);
    expect(await refusal(`<mj-include path="x.mjml" />${section(text)}`)).toMatch(/<mj-include> is not for mails/);
    expect(await refusal(`<mj-section padding="{{ properties.coupon }}"><mj-column>${text}</mj-column></mj-section>`)).toMatch(
      /stands in padding/,
    );
  });
});

describe('Liquid in mj-raw, mj-text and mj-table works:', () => {
  const items = [{ name: 'Pen' }, { name: 'Ink' }];
  test('a section for each item', async () => {
    const mjml = `${section(text)}<mj-raw>{% for i in properties.items %}</mj-raw>${section('<mj-text>[{{ i.name }}]</mj-text>')}<mj-raw>{% endfor %}</mj-raw>`;
    expect(visible(await shown(mjml, { items }))).toMatch(/\[Pen\].*\[Ink\]/);
    expect(visible(await shown(mjml))).not.toContain('[');
  });
  test('a text only where there is a coupon', async () => {
    const mjml = section(
      `<mj-raw>{% if properties.coupon %}</mj-raw><mj-text>OFFER</mj-text><mj-raw>{% endif %}</mj-raw>${text}`,
    );
    expect(visible(await shown(mjml, { coupon: 'C', items }))).toContain('OFFER');
    expect(visible(await shown(mjml))).not.toContain('OFFER');
  });
  test('a row for each item', async () => {
    const mjml = section(
      `${text}<mj-table><tr><th>Item</th></tr>{% for i in properties.items %}<tr><td>({{ i.name }})</td></tr>{% endfor %}</mj-table>`,
    );
    expect(visible(await shown(mjml, { items }))).toMatch(/\(Pen\).*\(Ink\)/);
  });
  test('comparisons that look like tags', async () => {
    const mjml = section(
      `<mj-text>{% if properties.coupon <"b" %}x{% endif %}{% if 1 <2 and 3 >2 %}yes{% endif %}</mj-text>${text}`,
    );
    expect(visible(await shown(mjml, { coupon: 'a', items }))).toContain('yes');
  });
});

describe('links of a template', () => {
  test('mailto, tel and anchors stand as they are, by the filter too', async () => {
    const html = await shown(
      section(
        `${text}<mj-text><a href='mailto:help@shop.example'>a</a><a HREF = "tel:+34910000000">b</a><a href="#top">c</a><a href="{{ 'mailto:you@shop.example' | link }}">d</a></mj-text>`,
      ),
    );
    for (const href of ["'mailto:help@shop.example'", '"tel:+34910000000"', '"#top"', '"mailto:you@shop.example"'])
      expect(html).toContain(href);
  });

  test.each([
    'javascript:alert(1)',
    '\u0001javascript:x',
    'java\nscript:x',
    '//evil.example',
    'data:text/html,x',
    'https:evil.example',
    'x onclick=y',
    '',
  ])('a value %j makes no link and no picture, with or without the filter', async (url) => {
    for (const link of ['<a href="{{ i.url }}">x</a>', "<a HREF = '{{ i.url | link }}'>x</a>", '<img src="{{ i.url }}" alt="">'])
      expect(
        await shown(section(`${text}<mj-text>{% for i in properties.items %}${link}{% endfor %}</mj-text>`), {
          items: [{ name: 'Pen', url }],
        }),
      ).toMatch(/^\{"missing"/);
  });

  test('a value that is an address works without the filter, untracked', async () => {
    const html = await shown(
      section(`${text}<mj-text>{% for i in properties.items %}<a href='{{ i.url }}'>x</a>{% endfor %}</mj-text>`),
      {
        items: [{ name: 'Pen', url: 'https://shop.example/p?a=1&b=2' }],
      },
    );
    expect(html).toContain("href='https://shop.example/p?a=1&#38;b=2'");
  });
});

test('tags of Liquid that read files or print values of their own are refused', async () => {
  for (const tag of [
    "{% include 'x' %}",
    "{% render 'x' %}",
    '{% echo properties.coupon %}',
    "{% cycle properties.coupon, 'b' %}",
    '{% liquid echo 1 %}',
  ])
    expect(await refusal(section(`<mj-text>${tag}</mj-text>${text}`))).toMatch(
      /m\.es\.mjml\.liquid:1: there is no \{% \w+ %\}\./,
    );
});
