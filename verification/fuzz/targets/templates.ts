import fc from 'fast-check';
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { loadTemplates, render } from '../../../services/delivery/content/index.ts';
import { anyJson, anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const templates = await loadTemplates('examples/shop/templates', {
  postalAddress: 'Calle Mayor 1',
  defaultLocale: 'es',
  linkHosts: ['shop.example'],
});
const links = {
  click: (url: string) => url,
  open: () => 'https://mail.example/o',
  unsubscribe: () => 'https://mail.example/u',
};
const text = fc.oneof(
  anyUnits,
  fc.constantFrom('<img src=x onerror=alert(1)>', '" onclick="x', "'><script>x</script>", '{{ name }}', 'javascript:alert(1)'),
);
const value = fc.oneof(
  text,
  anyJson,
  fc.constantFrom(
    'https://shop.example/?a=1&b=2',
    'https://evil.example/',
    'https://shop.example@evil.example/',
    '\\thttps:\\\\evil.example/shop.example',
    'USD',
    '2026-01-05T12:00:00.000Z',
    3,
    12_345,
  ),
);
const aggregates = fc.record({
  count: value,
  sum_minor: value,
  currency: value,
  first_at: value,
  last_at: value,
  local_date: value,
});
/** Most of them print: the values are of the kind that a template asks for, and one or two are not. */
const likely = {
  value: 3,
  threshold: 3,
  since: '2026-01-05T12:00:00.000Z',
  aggregates: {
    count: 3,
    sum_minor: 12_345,
    currency: 'USD',
    first_at: '2026-01-05T12:00:00.000Z',
    last_at: '2026-01-05T12:00:00.000Z',
  },
  properties: { reset_url: 'https://shop.example/reset?token=a&b=c' },
};
const variables = fc.oneof(
  fc.constant(likely),
  fc.record(
    { value, threshold: value, since: value, aggregates, properties: fc.record({ reset_url: value }) },
    { requiredKeys: [] },
  ),
  fc.record({ properties: fc.record({ reset_url: text.map((tail) => `https://shop.example/${tail}`) }) }),
);

function* elements(node: Tree.Node): Generator<Tree.Element> {
  if ('tagName' in node) yield node;
  if ('childNodes' in node) for (const child of node.childNodes) yield* elements(child);
}
/** The skeleton of a mail: its elements with the names of their attributes. Values must not change it. */
const skeleton = (html: string): Set<string> =>
  new Set([...elements(parse(html))].map(({ tagName, attrs }) => `${tagName} ${attrs.map(({ name }) => name).join(' ')}`));
const known = new Map<string, Set<string>>();

/** The skeleton with harmless values, with and without what may be absent. */
function skeletonOf(template: string, locale: string): Set<string> {
  const key = `${template}.${locale}`;
  const kept = known.get(key) ?? new Set<string>();
  if (!known.has(key))
    for (const name of ['Ana', undefined])
      for (const legal of [false, true]) {
        const mail = made(template, locale, likely, name, legal);
        if ('html' in mail) for (const element of skeleton(mail.html)) kept.add(element);
      }
  known.set(key, kept);
  return kept;
}

const made = (
  template: string,
  locale: string,
  values: Readonly<Record<string, unknown>>,
  name: string | undefined,
  legal: boolean,
) =>
  render(templates, {
    template,
    variables: values,
    locale,
    zone: 'Europe/Madrid',
    name,
    category: 'milestone',
    legal,
    personId: '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e',
    messageId: 'c1a5b2e4-7c57-5a39-8d3e-2b1f0a9e8d7c',
    decidedAt: Date.UTC(2026, 2, 1, 12),
    links,
  });

/** Out of no value comes an address of another host. */
const leadsHome = (address: string): boolean =>
  address.startsWith('#') || /^(.+\.)?(shop|mail)\.example\.?$/.test(URL.parse(address)?.hostname ?? 'none');

/** Any values through every template in each language: it renders or is refused, and no element, attribute or address comes out of a value. */
export const templatesRender = target(
  'delivery/templates',
  fc.property(
    fc.constantFrom(...templates.names),
    fc.oneof(fc.constantFrom('es', 'en', 'es-MX', 'fr'), anyUnits),
    variables,
    fc.option(text, { nil: undefined }),
    fc.boolean(),
    (template, locale, values, name, legal) => {
      const mail = made(template, locale, values, name, legal);
      if ('missing' in mail) return mail.missing.length > 0;
      const written = templates.find(template, locale)?.locale ?? '';
      const expected = skeletonOf(template, written);
      const found = [...elements(parse(mail.html))];
      return (
        !/[\r\n]/.test(mail.subject) &&
        [...skeleton(mail.html)].every((element) => expected.has(element)) &&
        found.every(({ attrs }) => attrs.every((attr) => !['href', 'src'].includes(attr.name) || leadsHome(attr.value)))
      );
    },
  ),
);
