import { join } from 'node:path';
import type { Template } from 'liquidjs';
import type { Engine } from './engine.ts';
import { html, text } from './engines.ts';
import type { Unchecked } from './fault.ts';
import { readAddress } from './address.ts';
import { Destinations } from './destinations.ts';
import type { Head, Told, Words } from './head.ts';
import { liquidError } from './liquid-error.ts';
import { lineAt } from './liquid-source.ts';
import { readMarkup } from './markup.ts';
import { toHtml } from './mjml.ts';
import { ownPartProblems, sourceProblems } from './source-check.ts';
import { TemplateError } from './template-error.ts';

/** A template in one language, ready to be filled. */
export interface Compiled {
  readonly locale: string;
  readonly words: Words;
  /** Dotted paths of the values without which no mail is made, and of those that may be absent. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly direct: boolean;
  readonly destinations: Destinations;
  readonly html: Template[];
  readonly text: Template[];
  readonly lines: Readonly<Record<'subject' | 'preheader' | 'why' | 'label' | 'url', Template[]>>;
}

export interface Sources {
  readonly directory: string;
  /** `<name>.<locale>`. */
  readonly stem: string;
  readonly locale: string;
  readonly head: Told<Head>;
  readonly words: Words;
  readonly layout: { readonly mjml: string; readonly text: string };
  readonly mjml: string;
  readonly text: string;
  /** Where values may lead: the playbook's `links.hosts`. */
  readonly linkHosts: readonly string[];
}

const slot = '{{ content }}';
/** What the frame supplies to every template. */
const framed = /^frame(\.|$)/;

/** Makes html with Liquid inside out of MJML, once; parses all Liquid; finds what the template requires. Throws TemplateError. */
export async function compile(sources: Sources): Promise<Compiled> {
  const { head, locale, words } = sources;
  const { value: said, lineOf } = head;
  const file = (ending: string): string => join(sources.directory, `${sources.stem}${ending}`);
  const mjmlFile = file('.mjml.liquid');
  const layout = { file: join(sources.directory, 'layout.mjml.liquid'), source: sources.layout.mjml };
  const plainLayout = { file: join(sources.directory, 'layout.txt.liquid'), source: sources.layout.text };
  const problems = [
    ...ownPartProblems(mjmlFile, sources.mjml, file('.yaml')),
    ...sourceProblems({ file: layout.file, text: layout.source.replace(slot, ' '.repeat(slot.length)), kind: 'mjml' }),
    ...sourceProblems({ file: mjmlFile, text: sources.mjml, kind: 'mjml' }),
    ...sourceProblems({ file: plainLayout.file, text: plainLayout.source, kind: 'text' }),
    ...sourceProblems({ file: file('.txt.liquid'), text: sources.text, kind: 'text' }),
    ...addressProblems(`${file('.yaml')}:${String(lineOf('cta', 'url'))}`, said.cta.url),
  ];
  if (problems.length > 0) throw new TemplateError(problems);
  const [above, below] = around(layout.file, layout.source);
  const converted = await toHtml([
    { file: layout.file, source: above, line: 1 },
    { file: mjmlFile, source: sources.mjml, line: 1 },
    { file: layout.file, source: below, line: lineAt(layout.source, above.length) },
  ]);
  const markup = withChecks(converted, checkHtml(mjmlFile, converted));
  const plain = around(plainLayout.file, plainLayout.source).join(sources.text);

  const used = new Set<string>();
  const parse = (engine: Engine, where: string, source: string): Template[] => {
    return inLiquid(where, () => {
      const template = engine.parse(source);
      for (const path of engine.paths(template)) if (!framed.test(path)) used.add(path);
      return template;
    });
  };
  const line = (source: string, ...path: string[]): Template[] =>
    parse(text, `${file('.yaml')}:${String(lineOf(...path))}: ${path.join('.')}`, source);
  const parsed = {
    html: parse(html, mjmlFile, markup),
    text: parse(text, file('.txt.liquid'), plain),
    lines: {
      subject: line(said.subject, 'subject'),
      preheader: line(said.preheader, 'preheader'),
      why: line(said.why ?? words.why, 'why'),
      label: line(said.cta.label, 'cta', 'label'),
      url: line(said.cta.url, 'cta', 'url'),
    },
  };
  const unused = said.optional.filter((path) => !used.has(path));
  if (unused.length > 0)
    throw new TemplateError([
      `${file('.yaml')}:${String(lineOf('optional'))}: optional names ${unused.join(', ')}, which the template does not use. Take it out, or mend its spelling.`,
    ]);
  return {
    locale,
    words,
    direct: said.cta.direct,
    destinations: new Destinations(sources.linkHosts, [layout.source, sources.mjml, plain], [said.cta.url]),
    optional: said.optional,
    required: [...used].filter((path) => !said.optional.includes(path)).sort(),
    ...parsed,
  };
}

function around(file: string, layout: string): [string, string] {
  const [above, below, ...more] = layout.split(slot);
  if (above === undefined || below === undefined || more.length > 0)
    throw new TemplateError([`${file}: ${slot} must stand in it once, where a template's own part goes.`]);
  return [above, below];
}

function addressProblems(where: string, url: string): string[] {
  if (/\{[{%]/.test(url) || readAddress(url) !== undefined) return [];
  return [
    `${where}: cta.url "${url}" must be an http, https, mailto or tel address, or an #anchor. Write it whole: https://shop.example/orders.`,
  ];
}

/** Throws TemplateError for what must not be in a mail; answers which addresses are checked when a mail is made. */
function checkHtml(file: string, source: string): readonly Unchecked[] {
  const { faults, unchecked } = inLiquid(file, () => readMarkup(source, 'html'));
  if (faults.length > 0) throw new TemplateError(faults.map(({ message }) => `${file} (as MJML writes it): ${message}`));
  return unchecked;
}

function withChecks(source: string, unchecked: readonly Unchecked[]): string {
  let checked = source;
  for (const { offset, filter } of [...unchecked].sort((a, b) => b.offset - a.offset))
    checked = `${checked.slice(0, offset)} | ${filter} ${checked.slice(offset)}`;
  return checked;
}

function inLiquid<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new TemplateError([`${where}: ${liquidError(error).message}`]);
  }
}
