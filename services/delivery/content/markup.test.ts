import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readMarkup } from './markup.ts';

const faultsOf = (source: string): string[] => readMarkup(source, 'html').faults.map(({ message }) => message);
const blanks = fc.stringMatching(/^[ \t\n]{0,3}$/);
const lettered = (word: string): fc.Arbitrary<string> =>
  fc.tuple(...Array.from(word, (sign) => fc.constantFrom(sign.toLowerCase(), sign.toUpperCase()))).map((signs) => signs.join(''));

/** An address in any spelling of the attribute: letter case, blanks, quotes or none, entities. */
const spelled = (name: string, value: string): fc.Arbitrary<string> =>
  fc
    .record({
      name: lettered(name),
      before: blanks,
      after: blanks,
      quote: fc.constantFrom(...(/^[^\s"'=<>`]+$/.test(value) ? ['"', "'", ''] : ['"', "'"])),
      coded: fc.array(fc.boolean(), { minLength: value.length, maxLength: value.length }),
    })
    .map(({ name: n, before, after, quote, coded }) => {
      const signs = Array.from(value, (sign, i) =>
        coded[i] === true && !value.includes('{{') ? `&#${String(sign.charCodeAt(0))};` : sign,
      );
      return `<a ${n}${before}=${after}${quote}${signs.join('')}${quote}>x</a>`;
    });

describe('an address in a template', () => {
  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    '//evil.example/',
    '/path',
    'java\tscript:x',
    ' javascript:x',
  ])('%j is refused in every spelling of the attribute', (address) => {
    fc.assert(
      fc.property(spelled('href', address), (source) => faultsOf(source).length > 0),
      { numRuns: 200 },
    );
  });

  test.each(['mailto:help@shop.example', 'tel:+34910000000', 'sms:+34910000000', '#top', '#'])(
    '%s stands as it is, in every spelling of the attribute',
    (address) => {
      fc.assert(
        fc.property(spelled('href', address), (source) => faultsOf(source).length === 0),
        { numRuns: 50 },
      );
    },
  );

  test('on the web has to go through the filter, in every spelling', () => {
    fc.assert(
      fc.property(spelled('href', 'https://shop.example/a'), (source) => {
        expect(faultsOf(source)).toEqual([
          expect.stringMatching(/must go through the filter link: href="\{\{ 'https:\/\/shop\.example\/a' \| link \}\}"/),
        ]);
      }),
    );
  });

  test('out of a value is checked later in every quoted spelling, and refused without quotes', () => {
    fc.assert(
      fc.property(spelled('href', '{{ properties.url }}'), (source) => {
        const { faults, unchecked } = readMarkup(source, 'html');
        expect(faults.length + unchecked.length).toBe(1);
        expect(unchecked.length).toBe(/["']/.test(source) ? 1 : 0);
      }),
    );
  });

  test.each([
    '<a href="{{ a }}{{ b | link }}">',
    '<a href="https://shop.example/{{ a }}">',
    '<a href="{% if a %}{{ a | link }}{% endif %}">',
    '<img src="data:image/png;base64,AA">',
    '<img src="//cdn.example/a.png">',
    '<img src="a.png">',
    '<td background="javascript:x">',
    '<img srcset="https://a.example/a.png 2x">',
    '<a href="#a" ping="https://a.example">',
    '<a href="#a" HREF="https://a.example">',
  ])('%s is refused', (source) => {
    expect(faultsOf(source)).not.toEqual([]);
  });
});

describe('a style', () => {
  const hidden = (word: string): fc.Arbitrary<string> =>
    fc
      .tuple(lettered(word), fc.array(fc.boolean(), { minLength: word.length, maxLength: word.length }))
      .map(([text, ways]) =>
        Array.from(text, (sign, i) =>
          ways[i] === true && /\w/.test(sign) ? `\\${sign.charCodeAt(0).toString(16)} ` : sign,
        ).join(''),
      );

  test.each(['javascript:alert(1)', 'data:text/css,x', '//evil.example/a.png', '/a.png', 'vbscript:x', 'ftp://x.example/a'])(
    'loads nothing from %s, in any spelling',
    (address) => {
      const quote = fc.constantFrom('"', "'", '');
      fc.assert(
        fc.property(hidden('url'), hidden(address), quote, fc.boolean(), (url, to, q, comment) => {
          const css = `background:${comment ? '/* url(https://x.example) */' : ''}${url}( ${q}${to}${q} )`;
          expect(faultsOf(`<style>p { ${css} }</style>`)).toHaveLength(1);
          expect(faultsOf(`<style>p { ${css}`)).not.toHaveLength(0);
          expect(faultsOf(`<p style="${css.replaceAll('"', '&quot;')}">x</p>`)).toHaveLength(1);
        }),
        { numRuns: 100 },
      );
    },
  );

  test.each([
    'p { width: expression(alert(1)) }',
    'p { -moz-binding: url(https://x.example/a.xml) }',
    'p { behavior: url(https://x.example/a.htc) }',
    "@import '//evil.example/a.css';",
    'p { background: image-set("//evil.example/a.png" 1x) }',
  ])('may not hold %s', (css) => {
    expect(faultsOf(`<style>${css}</style>`)).toHaveLength(1);
  });

  test('may load pictures from the web and point into the mail', () => {
    const css = `p { background: url( "https://shop.example/a.png" ) } a { fill: url(#b); scroll-behavior: smooth } p { background: url('https://shop.example/b.png') }`;
    expect(faultsOf(`<style>${css}</style><p style="background:url(https://shop.example/a.png)">x</p>`)).toEqual([]);
  });
});

describe('Liquid where a value could become markup is refused:', () => {
  test.each([
    ['<{{ a }}>', /inside the tag/],
    ['<p {{ a }}>', /outside of a quoted attribute/],
    ['<p {% if a %}title="x"{% endif %}>', /outside of a quoted attribute/],
    ['<p title={{ a }}>', /outside of a quoted attribute/],
    ['<p {{ a }}="x">', /outside of a quoted attribute/],
    ['</{{ a }}>', /inside a tag/],
    ['<!-- {{ a }} -->', /inside a comment/],
    ['<!--[if mso]><a href="{{ a }}">x</a><![endif]-->', /inside a comment/],
    ['<style>p { color: {{ a }} }</style>', /inside <style>/],
    ['<STYLE>{% if a %}</STYLE>{% endif %}', /inside <style>/],
    ['<p style="color: {{ a }}">', /stands in style/],
    ['<p onclick="x">', /onclick is a script/],
    ['<p class="{{ a }}">', /stands in class/],
    ['<p title="{% if a %}">{% endif %}', /stands elsewhere/],
    ['{% if a %}<p title="{% else %}">{% endif %}', /stands elsewhere/],
    ['<script>x</script>', /<script> is not for mails/],
    ['<!--[if mso]><script>x</script><![endif]-->', /Outlook: <script>/],
    ['<meta http-equiv="Refresh" content="0">', /http-equiv/],
    ['<meta http-equiv="{{ a }}" content="0;url=https://evil.example">', /http-equiv/],
    ['<a href="#top" attributionsrc="https://evil.example">x</a>', /attributionsrc/],
    ['<portal src="https://evil.example"></portal>', /<portal> is not for mails/],
  ])('%s', (source, message) => {
    expect(faultsOf(source).join('\n')).toMatch(message);
  });

  test('a value in text, a title, an alternative text or a computed width is not', () => {
    expect(
      faultsOf(
        `<title>{{ a }}</title><p title="{% if a %}{{ a }}{% else %}x{% endif %}">{{ a }}{% for b in c %}<b style="width:{{ b | at_most: 100 }}%">{{ b }}</b>{% endfor %}</p><img src="{{ a }}" alt='{{ a | default: "-" }}'>`,
      ),
    ).toEqual([]);
  });
});
