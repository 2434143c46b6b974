import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkTemplates } from './check-plays.ts';
import { loadTemplates } from './load.ts';
import { shopTemplates } from './sample.ts';

const [yaml, mjml, text, layout] = ['sale.en.yaml', 'sale.en.mjml.liquid', 'sale.en.txt.liquid', 'layout.mjml.liquid'] as const;
const files = {
  [yaml]:
    "subject: 'Hello{% if name %}, {{ name }}{% endif %}'\npreheader: News\ncta: { label: Look, url: 'https://shop.example/' }\noptional: [name]\n",
  [mjml]:
    '<mj-section>\n  <mj-column>\n    <mj-text>{% if name %}Hello, {{ name }}{% endif %}</mj-text>\n    <mj-text>You have\n{{ value | number }} points.</mj-text>\n  </mj-column>\n</mj-section>\n',
  [text]: 'You have {{ value | number }} points.\n',
};
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'templates-'));
  for (const file of [layout, 'layout.txt.liquid', 'layout.en.yaml'])
    copyFileSync(join(shopTemplates, file), join(directory, file));
  for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), content);
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const path = (file: string): string => join(directory, file);
const load = () => loadTemplates(directory, { postalAddress: 'Calle Mayor 1', defaultLocale: 'en', linkHosts: ['shop.example'] });
/** What `playbook validate` says of the folder, without the folder's name. */
const answer = (): Promise<string> =>
  load().then(
    () => 'taken',
    (error: unknown) => (error as Error).message.replaceAll(`${directory}/`, ''),
  );
function edit(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(path(file), 'utf8');
  const after = before.replace(from, () => to);
  if (after === before) throw new Error(`${file} has no ${String(from)}`);
  writeFileSync(path(file), after);
}
const utf16 = (file: string, mark = ''): void => {
  writeFileSync(path(file), Buffer.from(mark + readFileSync(path(file), 'utf8'), 'utf16le'));
};
const link = (to: string): void => {
  rmSync(path(text));
  symlinkSync(to, path(text));
};

test('the template that the others are spoiled from is taken', async () => {
  expect(await answer()).toBe('taken');
});

test('a link that only a value gives is refused where the playbook declares no host', async () => {
  const load = (linkHosts: string[]) =>
    loadTemplates(directory, { postalAddress: 'Calle Mayor 1', defaultLocale: 'en', linkHosts });
  const undeclared =
    'the playbook names no host that values may lead to. Write it there: links: { hosts: [www.your-shop.example] }.';
  const before = readFileSync(path(yaml), 'utf8');
  const urls = ['{{ properties.url }}', "{{ 'https://' | append: properties.host | append: '/' }}"];
  for (const url of urls) {
    writeFileSync(path(yaml), before.replace("'https://shop.example/'", JSON.stringify(url)));
    await expect(load([])).rejects.toThrow(undeclared);
  }
  writeFileSync(path(yaml), before.replace('https://shop.example/', '{{ properties.url }}'));
  await load(['*.shop.example']);
  writeFileSync(path(yaml), before);
  edit(mjml, '</mj-text>', '<a href="{{ properties.url }}">x</a></mj-text>');
  await expect(load([])).rejects.toThrow(`${mjml}:3: a link or a picture comes from a value, and ${undeclared}`);
  edit(mjml, '{{ properties.url }}', "{{ 'https://shop.example/o/' | append: properties.id | link }}");
  await load([]);
});

describe('a wrong template is answered with file, line and what to do:', () => {
  const faults: readonly (readonly [string, () => void, string])[] = [
    ['no endif', () => edit(mjml, '{% endif %}', ''), `${mjml}:3: {% if name %} is not closed. Write {% endif %} where it ends.`],
    [
      'a value in the host of an address',
      () => edit(text, 'You', 'https://{{ value }}.shop.example/ You'),
      `${text}:1: {{ value }} stands in the host of an address. Write the host out.`,
    ],
    ['no endif in the subject', () => edit(yaml, '{% endif %}', ''), `${yaml}:1: subject: {% if name %} is not closed.`],
    [
      'endfor for endif',
      () => edit(mjml, '{% endif %}', '{% endfor %}'),
      `${mjml}:3: {% endfor %} does not fit what is open here.`,
    ],
    ['an unknown tag', () => edit(mjml, '{% if', '{% iff'), `${mjml}:3: there is no {% iff %}. There are: if, `],
    [
      'an unknown filter',
      () => edit(mjml, '| number', '| upercase'),
      `${mjml}:5: there is no filter upercase. There are number, `,
    ],
    ['a brace too few', () => edit(mjml, 'number }}', 'number }'), 'is not closed. Write }} where it ends.'],
    [
      'a brace too many',
      () => edit(text, '{{ value', '{{{ value'),
      `${text}:1: three braces are none of Liquid. Write {{ name }}.`,
    ],
    ['a condition of another language', () => edit(mjml, 'if name', 'if name && value'), `${mjml}:3: Liquid cannot read this: `],
    [
      'another program’s place holder',
      () => edit(text, 'You', '*|FNAME|*, you'),
      `${text}:1: *|FNAME|* would be sent as it stands.`,
    ],
    ['one more such', () => edit(mjml, 'You', '{first_name}, you'), `${mjml}:4: {first_name} would be sent as it stands.`],
    ['curly quotes', () => edit(text, '| number', '| append: ‘x’'), 'holds curly quotes. Write straight ones'],
    [
      'if around mj-text',
      () => edit(mjml, '<mj-text>Y', '{% if name %}<mj-text>{% endif %}Y'),
      `${mjml}:4: MJML drops {% if name %}, as it stands between its elements (in mj-column). Write <mj-raw>{% if name %}</mj-raw>.`,
    ],
    ['an unknown element', () => edit(mjml, /mj-column/g, 'mj-colum'), `${mjml}:2: <mj-colum>: Element mj-colum doesn't exist`],
    [
      'an unknown attribute',
      () => edit(mjml, '<mj-section>', '<mj-section bg="red">'),
      `${mjml}:1: <mj-section>: Attribute bg is illegal.`,
    ],
    [
      'an unfit place',
      () => edit(mjml, '<mj-text>Y', '<mj-text><mj-text>Y'),
      `${mjml}:4: <mj-text> is not closed before </mj-column> on line 6.`,
    ],
    ['a whole document', () => edit(mjml, /^/, '<mjml><mj-body>'), `${mjml}: take <mjml> out.`],
    ['html alone', () => writeFileSync(path(mjml), '<h1>Hello</h1>'), `${mjml}:1: MJML drops "Hello"`],
    [
      'an open element',
      () => edit(mjml, 'points', '<b>points'),
      `${mjml}:5: <b> is not closed before </mj-text> on line 5. Write </b> there.`,
    ],
    [
      'an open tag',
      () => edit(mjml, 'points', '<b points'),
      `${mjml}:5: a tag before this is not closed, or a quote is missing.`,
    ],
    [
      'an open comment',
      () => edit(mjml, 'points', '<!-- points'),
      `${mjml}:8: a comment is not closed. Write --> where it ends.`,
    ],
    ['an end of nothing', () => edit(mjml, 'points', '</td>points'), `${mjml}:5: </td> ends nothing that is open.`],
    [
      'ends in the wrong order',
      () => edit(mjml, 'points', '<b><i>points</b></i>'),
      `${mjml}:5: <i> is not closed before </b> on line 5.`,
    ],
    ['a picture without alt', () => edit(mjml, 'points', '<img src="https://a.example/a.png">'), `${mjml}:5: <img> needs alt: `],
    [
      'one of MJML',
      () => edit(mjml, '<mj-text>Y', '<mj-image src="https://a.example/a.png" /><mj-text>Y'),
      `${mjml}:4: <mj-image> needs alt: `,
    ],
    [
      'a script as a link',
      () => edit(mjml, 'points', '<a href=" JaVa&#115;cript:x">p</a>'),
      `${mjml}:5: href=" JaVascript:x" leads to nothing`,
    ],
    [
      'a link without a scheme',
      () => edit(mjml, 'points', '<a href="www.shop.example">p</a>'),
      `${mjml}:5: href="www.shop.example" leads to nothing`,
    ],
    [
      'a call to action without a scheme',
      () => edit(yaml, 'https://shop.example/', 'www.shop.example'),
      `${yaml}:3: cta.url "www.shop.example" must be an http`,
    ],
    ['no call to action', () => edit(yaml, /, url: '[^']*'/, ''), `${yaml}:3: cta.url is missing. Write it.`],
    ['no subject', () => edit(yaml, /subject.*\n/, ''), `${yaml}:1: subject is missing. Write it.`],
    ['an empty subject', () => edit(yaml, /subject.*/, "subject: ''"), `${yaml}:1: subject is empty. Write it.`],
    [
      'a number for a subject',
      () => edit(yaml, /subject.*/, 'subject: 2026'),
      `${yaml}:1: subject must be a text. Put it in quotes.`,
    ],
    ['a subject with a colon', () => edit(yaml, /subject.*/, 'subject: Sale: now'), `in quotes: subject: 'Sale: {{ name }}'.`],
    ['a subject of two lines', () => edit(yaml, /subject.*/, 'subject: |\n  a\n  b'), `${yaml}:1: subject must be one line.`],
    [
      'a book for a subject',
      () => edit(yaml, /subject.*/, `subject: ${'a '.repeat(300)}`),
      `${yaml}:1: subject has more than 400 letters.`,
    ],
    [
      'a tab',
      () => edit(yaml, 'preheader', '\tpreheader'),
      `${yaml}:2 is not YAML: a line begins with a tab. Begin it with blanks.`,
    ],
    [
      'a key twice',
      () => edit(yaml, 'preheader', 'preheader: a\npreheader'),
      `${yaml}:3 is not YAML: a key stands twice. Take one out.`,
    ],
    [
      'a bomb of aliases',
      () => edit(yaml, /^/, `a: &a [${'x,'.repeat(9)}]\nb: &b [${'*a,'.repeat(9)}]\nc: [${'*b,'.repeat(9)}]\n`),
      `${yaml}: takes a value from elsewhere by *.`,
    ],
    ['an empty head', () => writeFileSync(path(yaml), '# later\n'), `${yaml}:1 must hold subject, preheader, cta`],
    ['an empty text', () => writeFileSync(path(text), '\n'), `${text} is empty. Write what the mail says.`],
    [
      'a name in capitals',
      () => renameSync(path(mjml), path('Sale.en.mjml.liquid')),
      'Sale.en.mjml.liquid has a name that no template has. Name it <name>.<locale>.yaml',
    ],
    ['another ending', () => renameSync(path(yaml), path('sale.en.yml')), 'sale.en.yml has a name that no template has.'],
    [
      'a locale with _',
      () => renameSync(path(yaml), path('sale.en_US.yaml')),
      'sale.en_US.yaml has a name that no template has.',
    ],
    ['a page of its own', () => writeFileSync(path('summer.html'), '<p>'), 'summer.html has a name that no template has.'],
    ['UTF-16', () => utf16(yaml, '\ufeff'), `${yaml} is not UTF-8 (UTF-16, perhaps). Save it as UTF-8.`],
    ['UTF-16 without its mark', () => utf16(text), `${text} is not UTF-8 (UTF-16, perhaps).`],
    [
      'Windows-1252',
      () => writeFileSync(path(text), Buffer.from('a\u00f1o {{ value }}', 'latin1')),
      `${text} is not UTF-8 (Windows-1252, perhaps).`,
    ],
    ['2 MB', () => edit(text, 'You', 'word '.repeat(400_000)), `${text} has 2000`],
    [
      'a link out of the folder',
      () => link('/etc/hostname'),
      `${text} is a link that leads out of its folder. Put the file itself there.`,
    ],
    ['a link to what never ends', () => link('/dev/zero'), `${text} is a link that leads out of its folder.`],
    ['a link to itself', () => link(path(text)), `${text} cannot be read (ELOOP).`],
    ['a folder', () => (rmSync(path(text)), mkdirSync(path(text))), `${text} is missing. Write it`],
    [
      'no way to unsubscribe',
      () => edit(layout, /<mj-text mj-class="small"><a href="\{\{ frame\.unsub.*/, ''),
      `${layout}: no mail of it shows {{ frame.unsubscribe_url }}.`,
    ],
    [
      'no postal address',
      () => edit('layout.txt.liquid', '{{ frame.postal_address }}', ''),
      'layout.txt.liquid: no mail of it shows {{ frame.postal_address }}.',
    ],
    [
      'no call to action in the layout',
      () => edit('layout.txt.liquid', '{{ frame.cta_url }}', ''),
      'layout.txt.liquid: no mail of it shows {{ frame.cta_url }}.',
    ],
    [
      'a layout that no legal mail fits',
      () => edit(layout, '{% if frame.unsubscribe_url %}', '{% if true %}'),
      `${layout}: frame.unsubscribe_url is absent in a legal or an untracked mail. Write {% if frame.unsubscribe_url %}`,
    ],
  ];
  test.each(faults)('%s', async (_, spoil, expected) => {
    spoil();
    expect(await answer()).toContain(expected);
  });

  test('the faults of all of its files at once', async () => {
    edit(yaml, 'preheader', 'preheadr');
    writeFileSync(path(text), Buffer.from([0xc3]));
    expect((await answer()).split('\n').map((line) => line.split(/[: ]/)[0])).toEqual([yaml, yaml, text]);
  });

  test('what editors leave beside it, a byte order mark and Windows line ends do no harm', async () => {
    for (const file of ['.DS_Store', 'README.md', 'sale.en.yaml~', 'sale.en.mjml.liquid.bak']) writeFileSync(path(file), 'x');
    for (const file of [yaml, mjml, text, layout])
      edit(file, /^[\s\S]*$/, `\ufeff${readFileSync(path(file), 'utf8').replaceAll('\n', '\r\n')}`);
    expect(await answer()).toBe('taken');
  });

  test('a link within the folder is followed, as Kubernetes mounts files', async () => {
    mkdirSync(path('..data'));
    renameSync(path(text), path(`..data/${text}`));
    symlinkSync(path(`..data/${text}`), path(text));
    expect(await answer()).toBe('taken');
  });

  test('a value that no decision of its play brings, at its last step too', async () => {
    edit(text, '{{ value | number }}', '{{ aggregates.sum_minr | number }}{% if vale %}x{% endif %}');
    edit(yaml, '[name]', '[name, vale]');
    const templates = await load();
    const play = { id: 'sale', template: 'sale', on: { milestone: ['orders-1'] } };
    expect(() => {
      checkTemplates(templates, [play]);
    }).toThrow(
      /sale\.en requires aggregates\.sum_minr, which no decision about a milestone brings.*\n.*sale\.en uses vale, which/,
    );
  });
});
