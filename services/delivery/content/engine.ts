import { Liquid, type Template } from 'liquidjs';
import { hasVisible, inOrder } from '#facts';
import { Unusable } from './unusable.ts';
import type { Formats } from './formats.ts';
import type { Destinations } from './destinations.ts';
import type { MailLinks } from './mail-links.ts';

/** Liquid for one kind of output: unknown filters are refused when a template is loaded, absent or blank values when it is rendered. */
export interface Engine {
  parse(text: string): Template[];
  /** Dotted paths of the values that the template takes from outside. Throws where a path is not written out. */
  paths(template: Template[]): string[];
  render(template: Template[], scope: object, person: PersonContext): string;
}

/** What the filters know of the person the mail is for. */
export interface PersonContext {
  readonly formats: Formats;
  readonly links: MailLinks;
  readonly destinations: Destinations;
  /** Now, as far as the mail is concerned: the decision's instant, epoch ms. */
  readonly decidedAt: number;
}

/** Makes html: values are escaped, always (there is no `raw`). */
export const htmlEngine = (): Engine => engine((text) => text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`));

/** Makes plain text: subject, text part, addresses. */
export const textEngine = (): Engine => engine((text) => text);

/** The tags of Liquid that a template may use: none that reads files, writes markup of its own, or prints values. */
const tags = new Set(['if', 'unless', 'case', 'for', 'break', 'continue', 'assign', 'capture', 'comment', '#']);

function engine(write: (text: string) => string): Engine {
  const liquid = new Liquid({
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    ownPropertyOnly: true,
    memoryLimit: 10_000_000,
    outputEscape: (value: unknown) => write(printable(value)),
  });
  delete liquid.filters['raw'];
  for (const name of Object.keys(liquid.tags)) if (!tags.has(name)) Reflect.deleteProperty(liquid.tags, name);
  const person = (filter: { context: { globals: object } }): PersonContext => filter.context.globals as PersonContext;

  liquid.registerFilter('number', function (value: unknown) {
    return person(this).formats.number(value);
  });
  liquid.registerFilter('money', function (minor: unknown, currency: unknown) {
    return person(this).formats.money(minor, currency);
  });
  // Liquid's own `date` prints in the zone of the machine.
  liquid.registerFilter('date', function (value: unknown) {
    return person(this).formats.date(value);
  });
  liquid.registerFilter('days_since', function (instant: unknown) {
    const { formats, decidedAt } = person(this);
    const days = (Date.parse(formats.localDate(decidedAt)) - Date.parse(formats.localDate(instant))) / 86_400_000;
    if (days < 0) throw new Unusable('a date that has been');
    return days;
  });
  liquid.registerFilter('plural', function (value: unknown, ...forms: unknown[]) {
    const words = Object.fromEntries(forms as [string, unknown][]) as Record<string, unknown>;
    return words[person(this).formats.plural(value)] ?? words['other'];
  });
  liquid.registerFilter('link', function (url: unknown) {
    const { links, destinations } = person(this);
    return links.click(destinations.link(url, 'link'));
  });
  // These two are put where a template leaves them out (compile.ts).
  liquid.registerFilter('address', function (url: unknown) {
    return person(this).destinations.link(url, 'href').href;
  });
  liquid.registerFilter('picture', function (url: unknown) {
    return person(this).destinations.picture(url);
  });

  return {
    parse: (text) => liquid.parse(text),
    paths: (template) => liquid.globalVariableSegmentsSync(template).map(dotted),
    render: (template, scope, context) => withoutStacks(() => String(liquid.renderSync(template, scope, { globals: context }))),
  };
}

/** Liquid throws and catches an error for each absent value of an `if`; its stack, which nobody reads, costs more than the rest. */
function withoutStacks<Result>(work: () => Result): Result {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A value as text that people may read: it says something, and does not reorder what stands around it. */
function printable(value: unknown): string {
  const text =
    typeof value === 'string' ? inOrder(value) : typeof value === 'number' && Number.isFinite(value) ? String(value) : '';
  if (!hasVisible(text)) throw new Unusable('a blank value');
  return text;
}

function dotted(segments: readonly unknown[]): string {
  if (segments.some((segment) => typeof segment === 'object'))
    throw new Error('names a value by another value; write its path out');
  return segments.join('.');
}
