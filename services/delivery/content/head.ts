import { isMap, LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';
import { z } from 'zod';
import { TemplateError } from './template-error.ts';

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\n\r]*$/, 'must be one line');

const head = z.strictObject({
  subject: line(400),
  /** What the inbox shows beside the subject. */
  preheader: line(800),
  /** The one primary call to action; the layout draws it. */
  cta: z.strictObject({
    label: line(400),
    url: line(8_000),
    /** The address is a secret (password reset): written as it is, never into a tracking link. */
    direct: z.boolean().default(false),
  }),
  /** Why the person gets this mail, where the layout's own line does not fit. */
  why: line(2_000).optional(),
  /** Values that may be absent: used behind `if` or `default` only. All others that the template uses are required. */
  optional: z.array(z.string()).default([]),
});
/** The front matter of a template, `<name>.<locale>.yaml`. */
export type Head = z.infer<typeof head>;

const words = z.strictObject({ brand: line(200), why: line(2_000), unsubscribe: line(400) });
/** The words of the layout in one language, `layout.<locale>.yaml`. */
export type Words = z.infer<typeof words>;

/** What was read, and the one-based line on which a key of it stands. */
export interface Told<T> {
  readonly value: T;
  readonly lineOf: (...path: readonly string[]) => number;
}

export const readHead = (file: string, text: string): Told<Head> =>
  check(file, text, head, ['subject', 'preheader', 'cta', 'why', 'optional']);
export const readWords = (file: string, text: string): Told<Words> => check(file, text, words, ['brand', 'why', 'unsubscribe']);

const inCta = ['label', 'url', 'direct'];

function check<T>(file: string, text: string, schema: z.ZodType<T>, keys: readonly string[]): Told<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${file}:${String(lines.linePos(offset).line)}`;
  const faults = [...document.errors, ...document.warnings].map((error) => `${at(error.pos[0])} is not YAML: ${hint(error)}`);
  if (faults.length > 0) throw new TemplateError(faults);
  if (/^\s*[^#\s].*\*\w/m.test(text) && hasAlias(document))
    throw new TemplateError([`${file}: takes a value from elsewhere by *. Write it out.`]);
  if (!isMap(document.contents))
    throw new TemplateError([`${file}:1 must hold ${keys.join(', ')}, each as "key: value" on a line of its own.`]);
  const lineOf = (...path: readonly string[]): number => lines.linePos(offsetOf(document, path)).line;
  const result = schema.safeParse(document.toJS());
  if (result.success) return { value: result.data, lineOf };
  throw new TemplateError(
    result.error.issues.map((issue) => {
      const path = issue.path.map(String);
      const known = path[0] === 'cta' ? inCta : keys;
      return `${file}:${String(lineOf(...path))}: ${said(issue, path.join('.'), known)}`;
    }),
  );
}

const hasAlias = (document: Document): boolean => {
  try {
    document.toJS({ maxAliasCount: 0 });
    return false;
  } catch {
    return true;
  }
};

/** Of the key that a path names, or of what is nearest to it. */
function offsetOf(document: Document, path: readonly string[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    const pair = isMap(node) ? node.items.find(({ key }) => String(key) === step) : undefined;
    if (pair === undefined) break;
    offset = (pair.key as { range?: readonly number[] }).range?.[0] ?? offset;
    node = pair.value;
  }
  return offset;
}

const hints: Partial<Record<YAMLError['code'], string>> = {
  TAB_AS_INDENT: 'a line begins with a tab. Begin it with blanks.',
  DUPLICATE_KEY: 'a key stands twice. Take one out.',
  MULTIPLE_DOCS: 'a line --- begins a second document. Take it out.',
  BAD_INDENT: 'a line is indented otherwise than the others. Begin all keys in the same column.',
  TAG_RESOLVE_FAILED: 'a value begins with !. Put the text in quotes.',
};
const quotes = "Put a text that holds : or # or begins with {{ in quotes: subject: 'Sale: {{ name }}'.";
const hint = ({ code, message }: YAMLError): string => hints[code] ?? `${message.replace(/\.?$/, '.')} ${quotes}`;

function said(issue: z.core.$ZodIssue, key: string, known: readonly string[]): string {
  const of = key === '' ? 'it' : key;
  if (issue.code === 'unrecognized_keys')
    return `there is no key ${issue.keys.join(', ')}${key === '' ? '' : ` in ${key}`}. There are: ${known.join(', ')}.`;
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return `${of} is missing. Write it.`;
  if (issue.code === 'invalid_type' && issue.expected === 'string') return `${of} must be a text. Put it in quotes.`;
  if (issue.code === 'invalid_type' && issue.expected === 'object')
    return `${of} must hold ${inCta.join(', ')}: { label: …, url: … }.`;
  if (issue.code === 'invalid_type' && issue.expected === 'array') return `${of} must be a list: [name, aggregates.last_at].`;
  if (issue.code === 'too_small') return `${of} is empty. Write it.`;
  if (issue.code === 'too_big') return `${of} has more than ${String(issue.maximum)} letters. Shorten it.`;
  return `${of} ${issue.message}.`;
}
