import { UndefinedVariableError } from 'liquidjs';
import { html, text, type Compiled } from './compile.ts';
import { linkAddress } from './address.ts';
import type { Missing, Rendered, RenderInput } from './content.types.ts';
import type { PersonContext } from './engine.ts';
import { formatsOf } from './formats.ts';
import type { Templates } from './load.ts';
import { formatLocale } from './locale.ts';
import { MailLinks } from './mail-links.ts';
import { at, greetable, told } from './scope.ts';
import { Unusable } from './unusable.ts';

/**
 * Makes a mail out of its template, in the person's language, formats and zone. Where a required value is absent, blank or cannot be
 * printed, nothing is made and the answer says what is missing: such a mail is not sent.
 */
export function render(templates: Templates, input: RenderInput): Rendered | Missing {
  const template = templates.find(input.template, input.locale);
  if (template === undefined) return { missing: [`template ${input.template}`] };
  const scope = { ...(told(input.variables) as object), name: greetable(input.name) };
  const missing = template.required.filter((path) => at(scope, path) === undefined);
  if (missing.length > 0) return { missing };
  try {
    return fill(template, templates.frame.postalAddress, scope, input);
  } catch (error) {
    return { missing: [reasonOf(error)] };
  }
}

function fill(template: Compiled, postalAddress: string, scope: object, input: RenderInput): Rendered {
  const locale = formatLocale(input.locale, template.locale);
  const person: PersonContext = {
    formats: formatsOf(locale, input.zone),
    links: new MailLinks(input.links),
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
  const target = linkAddress(line('url'), 'cta.url');
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

/** What was missing, of the two ways in which a value turns out to be so; any other error is a bug and goes on. */
function reasonOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = (cause as { originalError?: unknown }).originalError) {
    if (cause instanceof Unusable) return cause.path;
    if (cause instanceof UndefinedVariableError) return cause.message.replace(/^undefined variable: ([^,]*).*$/s, '$1');
  }
  throw error;
}

const tidy = (plain: string): string =>
  plain
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim() + '\n';
