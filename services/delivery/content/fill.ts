import type { Compiled } from './compile.ts';
import { html, text } from './engines.ts';
import type { Rendered, RenderInput } from './content.types.ts';
import type { PersonContext } from './engine.ts';
import { formatsOf } from './formats.ts';
import { formatLocale } from './locale.ts';
import { MailLinks } from './mail-links.ts';

/** Makes a mail out of a template and its values. Throws Unusable, or an error of Liquid around it, for a value that cannot be printed. */
export function fill(template: Compiled, postalAddress: string, scope: object, input: RenderInput): Rendered {
  const locale = formatLocale(input.locale, template.locale);
  const person: PersonContext = {
    formats: formatsOf(locale, input.zone),
    links: new MailLinks(input.links),
    destinations: template.destinations,
    decidedAt: input.decidedAt,
  };
  const today = person.formats.localDate(input.decidedAt);
  const line = (name: keyof Compiled['lines']): string => {
    const words = { ...scope, frame: { brand: template.words.brand, today } };
    return text
      .render(template.lines[name], words, person)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim();
  };
  const target = template.destinations.link(line('url'), 'cta.url');
  const subject = line('subject');
  const whole = {
    ...scope,
    frame: {
      today,
      subject,
      preheader: line('preheader'),
      why: line('why'),
      cta_label: line('label'),
      cta_url: template.direct ? target.href : person.links.click(target),
      brand: template.words.brand,
      language: locale,
      postal_address: postalAddress,
      unsubscribe: template.words.unsubscribe,
      unsubscribe_url: input.legal ? undefined : input.links.unsubscribe(input.category),
      pixel_url: input.links.open(),
    },
  };
  return {
    subject,
    html: html.render(template.html, whole, person),
    text: tidy(text.render(template.text, whole, person)),
  };
}

const tidy = (plain: string): string =>
  plain
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim() + '\n';
