import type { PlayRule } from '#playbook';
import { checkTemplates } from './check-plays.ts';
import type { Templates } from './content.types.ts';
import { loadTemplates, templatesBeside } from './load.ts';

/** Of a playbook, what its mails depend on. */
export interface MailRules {
  readonly defaults: { readonly locale: string };
  readonly plays: readonly PlayRule[];
  readonly links: { readonly hosts: readonly string[] };
}

/**
 * Checks the mails of a playbook as delivery does when it starts: every template in every language it is written in is read, compiled and made
 * once with generated values; every play has its template, in the default language at least, with values that it can bring. `directory`:
 * HITO_TEMPLATES, where that is set. Rejects with TemplateError, one line per problem.
 */
export async function checkContent(
  playbookFile: string,
  { defaults, plays, links }: MailRules,
  {
    directory = templatesBeside(playbookFile),
    postalAddress = 'Postal address',
  }: { directory?: string | undefined; postalAddress?: string } = {},
): Promise<Templates> {
  const templates = await loadTemplates(directory, { postalAddress, defaultLocale: defaults.locale, linkHosts: links.hosts });
  checkTemplates(templates, plays);
  return templates;
}
