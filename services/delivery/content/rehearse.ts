import { join } from 'node:path';
import type { Compiled, Sources } from './compile.ts';
import type { Rendered, RenderInput } from './content.types.ts';
import { fill } from './fill.ts';
import { lineAt } from './liquid-source.ts';
import { at } from './scope.ts';
import { likely, texts, without, type Scope } from './sample-values.ts';
import { Elsewhere, Unusable } from './unusable.ts';

const unsubscribeSample = 'https://mail.example/unsubscribe';
const clickSample = 'https://mail.example/click';
const addressSample = 'Postal address of the sender';
const frameLinks: RenderInput['links'] = {
  click: () => clickSample,
  open: () => 'https://mail.example/open',
  unsubscribe: () => unsubscribeSample,
};
const bare: RenderInput['links'] = { ...frameLinks, open: () => undefined };
/** Around noon, so that it is the same day in most zones. */
const rehearsedAt = Date.UTC(2026, 2, 1, 12);

/**
 * Makes a template's mail with generated values, before anybody waits for one: with all of them, with counts of one, two and many, each
 * optional value absent, each required one absent. Answers a line per problem, with file and line: a template that throws, or that no
 * values of any kind bring to print.
 */
export function rehearse(template: Compiled, sources: Sources): string[] {
  const make = (scope: Scope, legal: boolean): Rendered =>
    fill(template, addressSample, scope, { ...inputOf(template, legal), links: legal ? bare : frameLinks });
  const attempt = (scope: Scope, legal: boolean): unknown => {
    try {
      make(scope, legal);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const paths = [...template.required, ...template.optional];
  const whole = [
    sources.mjml,
    sources.text,
    ...Object.values(sources.head.value.cta),
    sources.head.value.subject,
    sources.head.value.preheader,
    sources.head.value.why ?? '',
  ];
  // Where none is declared, a link that a value gives is refused, and that is what the author is told.
  const host = (sources.linkHosts[0] ?? 'shop.example').replace(/^\*/, 'www');
  const link = `https://${host}/sample?a=1&b=2`;
  const kinds = [...texts, link];
  const scopes = kinds.map((text) => likely(paths, whole.join('\n'), { text, link, number: 3 }));
  const failures = scopes.map((scope) => attempt(scope, false));
  const taken = scopes[failures.indexOf(undefined)];
  if (taken === undefined) {
    const led = failures.find((error) => [...chain(error)].some((cause) => cause instanceof Elsewhere));
    if (led !== undefined && sources.linkHosts.length === 0)
      return [
        `${place(led, sources)}: a link or a picture comes from a value, and the playbook names no host that values may lead to. Write it there: links: { hosts: [www.your-shop.example] }.`,
      ];
    return [`${place(failures[0], sources)}: no mail can be made of it, with values of any kind: ${said(failures[0])}.`];
  }

  const absent = template.required.filter((path) => at(without(taken, path), path) !== undefined);
  const variants = [
    taken,
    ...[1, 2].map((number) => likely(paths, whole.join('\n'), { text: kinds[scopes.indexOf(taken)] ?? '', link, number })),
    ...template.optional.map((path) => without(taken, path)),
    template.optional.reduce(without, taken),
    ...template.required.map((path) => without(taken, path)),
  ];
  const thrown = variants.flatMap((scope) => [false, true].map((legal) => attempt(scope, legal))).filter(isBug);
  return [
    ...frameProblems(template, sources, make(taken, false), attempt(taken, true)),
    ...absent.map(
      (path) =>
        `${join(sources.directory, `${sources.stem}.yaml`)}: the value ${path} is required, and a mail without it would go out.`,
    ),
    ...new Set(thrown.map((error) => `${place(error, sources)}: it cannot be made with some values: ${said(error)}.`)),
  ];
}

/** What the law asks of every mail, and what a mail without tracking has to do without. */
function frameProblems({ direct }: Compiled, { directory, head }: Sources, mail: Rendered, untracked: unknown): string[] {
  const layouts: readonly (readonly [string, string])[] = [
    [join(directory, 'layout.mjml.liquid'), mail.html],
    [join(directory, 'layout.txt.liquid'), mail.text],
  ];
  const required = {
    unsubscribe_url: unsubscribeSample,
    postal_address: addressSample,
    cta_url: !direct && /^https?:/i.test(head.value.cta.url) ? clickSample : '',
  };
  const missing = layouts.flatMap(([file, shown]) =>
    Object.entries(required).flatMap(([name, sample]) =>
      shown.includes(sample)
        ? []
        : [`${file}: no mail of it shows {{ frame.${name} }}. Put it in, as examples/shop/templates does.`],
    ),
  );
  const optional = /frame\.(unsubscribe|pixel)_url/.exec(untracked === undefined ? '' : said(untracked))?.[0];
  return optional === undefined
    ? missing
    : [
        ...missing,
        `${layouts[0]?.[0] ?? ''}: ${optional} is absent in a legal or an untracked mail. Write {% if ${optional} %} around it, in both layouts.`,
      ];
}

const inputOf = (template: Compiled, legal: boolean): RenderInput => ({
  template: '',
  variables: {},
  locale: template.locale,
  zone: 'UTC',
  category: 'sample',
  legal,
  personId: '00000000-0000-4000-8000-000000000000',
  messageId: '00000000-0000-4000-8000-000000000000',
  decidedAt: rehearsedAt,
  links: frameLinks,
});

interface Told extends Error {
  readonly originalError?: unknown;
  readonly token?: { getText(): string };
}

/** Liquid's error and those inside of it. */
function* chain(error: unknown): Generator<Told> {
  for (let cause = error; cause instanceof Error; cause = (cause as Told).originalError) yield cause;
}

/** An absent or unfit value is no fault of the template's. */
const isBug = (error: unknown): boolean =>
  error !== undefined && ![...chain(error)].some((cause) => cause instanceof Unusable || cause.name === 'UndefinedVariableError');

function said(error: unknown): string {
  const innermost = [...chain(error)].at(-1);
  return (innermost instanceof Unusable ? innermost.path : (innermost?.message ?? String(error)))
    .replace(/, (file|line):.*$/s, '')
    .replace(/\.$/, '');
}

/** Where the Liquid that failed stands: it is looked up by its text, as what MJML wrote has other lines. */
function place(error: unknown, sources: Sources): string {
  const part = [...chain(error)]
    .map(({ token }) => token?.getText().replace(/ \| (address|picture) (?=-?\}\}$)/, ''))
    .find((text) => text !== undefined);
  const files: [string, string][] = [
    [`${sources.stem}.mjml.liquid`, sources.mjml],
    [`${sources.stem}.txt.liquid`, sources.text],
    ['layout.mjml.liquid', sources.layout.mjml],
    ['layout.txt.liquid', sources.layout.text],
  ];
  const found = part === undefined ? undefined : files.find(([, source]) => source.includes(part));
  if (found === undefined || part === undefined) return join(sources.directory, `${sources.stem}.yaml`);
  return `${join(sources.directory, found[0])}:${String(lineAt(found[1], found[1].indexOf(part)))}`;
}
