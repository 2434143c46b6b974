import { dirname, join } from 'node:path';
import { compile, type Compiled, type Sources } from './compile.ts';
import type { Frame, Templates } from './content.types.ts';
import { readNames } from './file-names.ts';
import { readHead, readWords } from './head.ts';
import { fallbacks } from './locale.ts';
import { rehearse } from './rehearse.ts';
import { TemplateError } from './template-error.ts';
import { readTemplateFile } from './template-file.ts';

const layouts = { mjml: 'layout.mjml.liquid', text: 'layout.txt.liquid' };

/**
 * Reads, checks and compiles a directory of templates: per name and locale `<name>.<locale>.yaml` (subject, call to action),
 * `.mjml.liquid` and `.txt.liquid`; and the frame they share: `layout.mjml.liquid`, `layout.txt.liquid`, `layout.<locale>.yaml`. Once,
 * at boot. Throws TemplateError with one line per problem, each with its file and what to do.
 */
export async function loadTemplates(directory: string, frame: Frame): Promise<Templates> {
  if (frame.postalAddress.trim() === '')
    throw new TemplateError(['HITO_POSTAL_ADDRESS is empty. Every mail must show where its sender can be found.']);
  const { files, names, localesOf, ...found } = readNames(directory, frame.defaultLocale);
  const problems = [...found.problems];
  const read = (file: string): string => {
    if (files.includes(file)) return readTemplateFile(directory, file);
    throw new TemplateError([`${join(directory, file)} is missing. Write it; examples/shop/templates has one of each kind.`]);
  };
  if (names.length === 0)
    throw new TemplateError([
      ...problems,
      `${directory} holds no template. Name one <name>.<locale>.yaml, .mjml.liquid and .txt.liquid, or set HITO_TEMPLATES.`,
    ]);

  const compiled = new Map<string, Compiled>();
  const layout = { mjml: read(layouts.mjml), text: read(layouts.text) };
  for (const name of names) {
    for (const locale of localesOf(name)) {
      try {
        const stem = `${name}.${locale}`;
        const [head, words, mjml, text] = all(
          () => readHead(join(directory, `${stem}.yaml`), read(`${stem}.yaml`)),
          () => readWords(join(directory, `layout.${locale}.yaml`), read(`layout.${locale}.yaml`)).value,
          () => read(`${stem}.mjml.liquid`),
          () => read(`${stem}.txt.liquid`),
        );
        const sources: Sources = { directory, stem, locale, head, words, layout, mjml, text, linkHosts: frame.linkHosts };
        const template = await compile(sources);
        problems.push(...rehearse(template, sources));
        compiled.set(stem, template);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        problems.push(...error.problems);
      }
    }
  }
  if (problems.length > 0) throw new TemplateError([...new Set(problems)]);
  return {
    names,
    frame,
    localesOf: (name) => [...compiled].flatMap(([stem, template]) => (stem === `${name}.${template.locale}` ? [template] : [])),
    find: (name, locale) =>
      fallbacks(locale, frame.defaultLocale)
        .map((l) => compiled.get(`${name}.${l}`))
        .find((t) => t !== undefined),
  };
}

/** Where the templates are when HITO_TEMPLATES says nothing: beside the playbook. */
export const templatesBeside = (playbookFile: string): string => join(dirname(playbookFile), 'templates');

/** Does each, and throws one TemplateError with the problems of all. */
function all<T extends readonly unknown[]>(...steps: { readonly [K in keyof T]: () => T[K] }): T {
  const problems: string[] = [];
  const results = steps.map((step) => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  });
  if (problems.length > 0) throw new TemplateError(problems);
  return results as unknown as T;
}
