import { parse } from 'yaml';
import { z } from 'zod';
import { TemplateError } from './template-error.ts';

const line = z
  .string()
  .trim()
  .min(1)
  .regex(/^[^\n\r]*$/, 'must be one line');

const head = z.strictObject({
  subject: line,
  /** What the inbox shows beside the subject. */
  preheader: line,
  /** The one primary call to action; the layout draws it. */
  cta: z.strictObject({
    label: line,
    url: line,
    /** The address is a secret (password reset): written as it is, never into a tracking link. */
    direct: z.boolean().default(false),
  }),
  /** Why the person gets this mail, where the layout's own line does not fit. */
  why: line.optional(),
  /** Values that may be absent: used behind `if` or `default` only. All others that the template uses are required. */
  optional: z.array(z.string()).default([]),
});
/** The front matter of a template, `<name>.<locale>.yaml`. */
export type Head = z.infer<typeof head>;

const words = z.strictObject({ brand: line, why: line, unsubscribe: line });
/** The words of the layout in one language, `layout.<locale>.yaml`. */
export type Words = z.infer<typeof words>;

export const readHead = (file: string, text: string): Head => check(file, text, head);
export const readWords = (file: string, text: string): Words => check(file, text, words);

function check<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new TemplateError([`${file} is not YAML: ${(error as Error).message}`]);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new TemplateError(result.error.issues.map((issue) => `${file}: ${issue.path.join('.')}: ${issue.message}`));
}
