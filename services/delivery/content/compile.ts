import { join } from 'node:path';
import type { Template } from 'liquidjs';
import mjml2html from 'mjml';
import { htmlEngine, textEngine, type Engine } from './engine.ts';
import type { Head, Words } from './head.ts';
import { TemplateError } from './template-error.ts';

/** A template in one language, ready to be filled. */
export interface Compiled {
  readonly locale: string;
  readonly words: Words;
  readonly required: readonly string[];
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
  if (/<mj-button\b/.test(sources.mjml)) {
    throw new TemplateError([
      `${mjmlFile}: take the mj-button out. A mail has one call to action, and the layout draws it from cta in ${file('.yaml')}.`,
    ]);
  }
  const markup = await toHtml(mjmlFile, fill(join(sources.directory, 'layout.mjml.liquid'), sources.layout.mjml, sources.mjml));
  checkLinks(mjmlFile, markup);
  const plain = fill(join(sources.directory, 'layout.txt.liquid'), sources.layout.text, sources.text);

  const used = new Set<string>();
  const parse = (engine: Engine, where: string, source: string): Template[] => {
    try {
      const template = engine.parse(source);
      for (const path of engine.paths(template)) if (!framed.test(path)) used.add(path);
      return template;
    } catch (error) {
      throw new TemplateError([`${where}: ${(error as Error).message}`]);
    }
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
    required: [...used].filter((path) => !head.optional.includes(path)).sort(),
    ...parsed,
  };
}

function fill(file: string, layout: string, content: string): string {
  const parts = layout.split(slot);
  if (parts.length !== 2) throw new TemplateError([`${file}: ${slot} must stand in it once, where a template's own part goes.`]);
  return parts.join(content);
}

async function toHtml(file: string, mjml: string): Promise<string> {
  try {
    const { html } = await mjml2html(mjml, { validationLevel: 'strict', fonts: {}, keepComments: false, ignoreIncludes: true });
    // Indentation is a third of what MJML makes; the line ends stay, as SMTP allows no line above 998 bytes.
    return html.replace(/\n\s+/g, '\n');
  } catch (error) {
    throw new TemplateError([`${file} (inside the layout): ${(error as Error).message}`]);
  }
}

/** A link that is neither checked nor signed would go by `render`'s rules unseen. */
function checkLinks(file: string, markup: string): void {
  const bare = [...markup.matchAll(/\bhref="([^"]*)"/g)].flatMap(([, href = '']) =>
    /^\{\{-?\s*(frame\.(cta|unsubscribe)_url|.*\|\s*link)\s*-?\}\}$/.test(href) ? [] : [href],
  );
  if (bare.length > 0) {
    throw new TemplateError(
      bare.map((href) => `${file}: href="${href}" must go through the filter link: href="{{ '${href}' | link }}".`),
    );
  }
}
