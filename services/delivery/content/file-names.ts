import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TemplateError } from './template-error.ts';

/** The files of a folder of templates, by what their names say. */
export interface TemplateNames {
  readonly files: readonly string[];
  readonly names: readonly string[];
  readonly problems: readonly string[];
  readonly localesOf: (name: string) => string[];
}

const kinds = /^(?:yaml|mjml\.liquid|txt\.liquid)$/;
/** Languages as `find` looks them up: es, es-MX, zh-Hant, es-419. */
const language = /^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?$/;
/** What editors, systems and people leave beside the templates. */
const passedOver = /^\.|~$|\.(?:md|bak|orig|swp|tmp)$/;

/** Reads the names of a folder. A name that nothing is made of is a problem: its mail would be missed much later. */
export function readNames(directory: string, defaultLocale: string): TemplateNames {
  const files: string[] = [];
  const problems: string[] = [];
  const locales = new Map<string, Set<string>>();
  for (const entry of list(directory)) {
    const file = entry.name;
    if (passedOver.test(file) || entry.isDirectory()) continue;
    files.push(file);
    if (/^layout\.(?:mjml|txt)\.liquid$/.test(file)) continue;
    const [name = '', locale = '', ...rest] = file.split('.');
    const kind = rest.join('.');
    if (!/^[a-z][a-z0-9-]*$/.test(name) || !language.test(locale) || !(name === 'layout' ? kind === 'yaml' : kinds.test(kind)))
      problems.push(
        `${join(directory, file)} has a name that no template has. Name it <name>.<locale>.yaml, <name>.<locale>.mjml.liquid or <name>.<locale>.txt.liquid (name: small letters, digits and -; locale: es, es-MX, zh-Hant), or move it out of the folder.`,
      );
    else if (name !== 'layout') locales.set(name, (locales.get(name) ?? new Set([defaultLocale])).add(locale));
  }
  return {
    files,
    names: [...locales.keys()].sort(),
    problems,
    localesOf: (name) => [...(locales.get(name) ?? [])],
  };
}

function list(directory: string): { readonly name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    throw new TemplateError([
      `${directory} cannot be read (${(error as Error).message}). Set HITO_TEMPLATES to the directory of the mail templates.`,
    ]);
  }
}
