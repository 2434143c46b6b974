import { join } from 'node:path';
import type { Template } from 'liquidjs';
import { htmlEngine, textEngine, type Engine } from './engine.ts';
import type { Unchecked } from './fault.ts';
import type { Head, Words } from './head.ts';
import { lineAt } from './liquid-source.ts';
import { readMarkup } from './markup.ts';
import { toHtml } from './mjml.ts';
import { TemplateError } from './template-error.ts';

/** A template in one language, ready to be filled. */
export interface Compiled {
  readonly locale: string;
  readonly words: Words;
  /** Dotted paths of the values without which no mail is made, and of those that may be absent. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly direct: boolean;
  readonly html: Template[];
  readonly text: Template[];
  readonly lines: Readonly<Record<'subject' | 'preheader' | 'why' | 'label' | 'url', Template[]>>;
}

export interface Sources {
  readonly directory: string;
  /** `<name>.<locale>`. */
  readonly stem: string;
  readonly locale: string;
  readonly head: Head;
  readonly words: Words;
  readonly layout: { readonly mjml: string; readonly text: string };
  readonly mjml: string;
  readonly text: string;
}

export const html = htmlEngine();
export const text = textEngine();

const slot = '{{ content }}';
/** What the frame supplies to every template. */
const framed = /^frame(\.|$)/;

/** Makes html with Liquid inside out of MJML, once; parses all Liquid; finds what the template requires. Throws TemplateError. */
export async function compile(sources: Sources): Promise<Compiled> {
  const { head, locale, words } = sources;
  const file = (ending: string): string => join(sources.directory, `${sources.stem}${ending}`);
  const mjmlFile = file('.mjml.liquid');
  if (/<mj-button\b/i.test(sources.mjml)) {
    throw new TemplateError([
      `${mjmlFile}: take the mj-button out. A mail has one call to action, and the layout draws it from cta in ${file('.yaml')}.`,
    ]);
  }
  const layout = { file: join(sources.directory, 'layout.mjml.liquid'), source: sources.layout.mjml };
  const [above, below] = around(layout.file, layout.source);
  checkMarkup(mjmlFile, sources.mjml, 'mjml');
  checkMarkup(layout.file, above + ' '.repeat(slot.length) + below, 'mjml');
  const converted = await toHtml([
    { file: layout.file, source: above, line: 1 },
    { file: mjmlFile, source: sources.mjml, line: 1 },
    { file: layout.file, source: below, line: lineAt(layout.source, above.length) },
  ]);
  const markup = withChecks(converted, checkMarkup(mjmlFile, converted, 'html'));
  const plain = around(join(sources.directory, 'layout.txt.liquid'), sources.layout.text).join(sources.text);

  const used = new Set<string>();
  const parse = (engine: Engine, where: string, source: string): Template[] => {
    return inLiquid(where, () => {
      const template = engine.parse(source);
      for (const path of engine.paths(template)) if (!framed.test(path)) used.add(path);
      return template;
    });
  };
  const line = (where: string, source: string): Template[] => parse(text, `${file('.yaml')}: ${where}`, source);
  const parsed = {
    html: parse(html, mjmlFile, markup),
    text: parse(text, file('.txt.liquid'), plain),
    lines: {
      subject: line('subject', head.subject),
      preheader: line('preheader', head.preheader),
      why: line('why', head.why ?? words.why),
      label: line('cta.label', head.cta.label),
      url: line('cta.url', head.cta.url),
    },
  };
  const unused = head.optional.filter((path) => !used.has(path));
  if (unused.length > 0)
    throw new TemplateError([
      `${file('.yaml')}: optional names ${unused.join(', ')}, which the template does not use. Take it out, or mend its spelling.`,
    ]);
  return {
    locale,
    words,
    direct: head.cta.direct,
    optional: head.optional,
    required: [...used].filter((path) => !head.optional.includes(path)).sort(),
    ...parsed,
  };
}

function around(file: string, layout: string): [string, string] {
  const [above, below, ...more] = layout.split(slot);
  if (above === undefined || below === undefined || more.length > 0)
    throw new TemplateError([`${file}: ${slot} must stand in it once, where a template's own part goes.`]);
  return [above, below];
}

/** Throws TemplateError for what must not be in a mail; answers which addresses are checked when a mail is made. */
function checkMarkup(file: string, source: string, language: 'mjml' | 'html'): readonly Unchecked[] {
  const { faults, unchecked } = inLiquid(file, () => readMarkup(source, language));
  const where = (offset: number): string =>
    language === 'mjml' ? `${file}:${String(lineAt(source, offset))}` : `${file} (as MJML writes it)`;
  if (faults.length > 0) throw new TemplateError(faults.map(({ offset, message }) => `${where(offset)}: ${message}`));
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
    throw new TemplateError([`${where}: ${(error as Error).message}`]);
  }
}
