import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile, type Compiled, type Sources } from './compile.ts';
import type { Frame, Templates } from './content.types.ts';
import { readHead, readWords } from './head.ts';
import { fallbacks } from './locale.ts';
import { rehearse } from './rehearse.ts';
import { TemplateError } from './template-error.ts';

const layouts = { mjml: 'layout.mjml.liquid', text: 'layout.txt.liquid' };

/**
 * Reads, checks and compiles a directory of templates: per name and locale `<name>.<locale>.yaml` (subject, call to action),
 * `.mjml.liquid` and `.txt.liquid`; and the frame they share: `layout.mjml.liquid`, `layout.txt.liquid`, `layout.<locale>.yaml`. Once,
 * at boot. Throws TemplateError with one line per problem, each with its file and what to do.
 */
export async function loadTemplates(directory: string, frame: Frame): Promise<Templates> {
  if (frame.postalAddress.trim() === '')
    throw new TemplateError(['HITO_POSTAL_ADDRESS is empty. Every mail must show where its sender can be found.']);
  const files = list(directory);
  const problems: string[] = [];
  const read = (file: string): string => {
    if (files.includes(file)) return readFileSync(join(directory, file), 'utf8');
    throw new TemplateError([`${join(directory, file)} is missing. Write it; examples/shop/templates has one of each kind.`]);
  };
  const names = [
    ...new Set(
      files.flatMap((file) => /^(?!layout\.)([a-z][a-z0-9-]*)\.[\w-]+\.(?:yaml|mjml\.liquid|txt\.liquid)$/.exec(file)?.[1] ?? []),
    ),
  ].sort();
  if (names.length === 0)
    throw new TemplateError([
      `${directory} holds no template. Name one <name>.<locale>.yaml, .mjml.liquid and .txt.liquid, or set HITO_TEMPLATES.`,
    ]);

  const compiled = new Map<string, Compiled>();
  const layout = { mjml: read(layouts.mjml), text: read(layouts.text) };
  for (const name of names) {
    for (const locale of localesOf(name, files, frame.defaultLocale)) {
      try {
        const stem = `${name}.${locale}`;
        const sources: Sources = {
          directory,
          stem,
          locale,
          head: readHead(join(directory, `${stem}.yaml`), read(`${stem}.yaml`)),
          words: readWords(join(directory, `layout.${locale}.yaml`), read(`layout.${locale}.yaml`)),
          layout,
          mjml: read(`${stem}.mjml.liquid`),
          text: read(`${stem}.txt.liquid`),
        };
        const template = await compile(sources);
        problems.push(...rehearse(template, sources, frame));
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

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw new TemplateError([
      `${directory} cannot be read (${(error as Error).message}). Set HITO_TEMPLATES to the directory of the mail templates.`,
    ]);
  }
}

function localesOf(name: string, files: readonly string[], defaultLocale: string): string[] {
  const found = files.flatMap((file) => {
    const [stem, locale, ...kind] = file.split('.');
    return stem === name && locale !== undefined && kind.length > 0 ? [locale] : [];
  });
  return [...new Set([defaultLocale, ...found])];
}
