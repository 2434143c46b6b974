import { PlaybookError } from '#playbook';
import { checkPlaybook } from '../../apps/cli/check-playbook.ts';
import { anywhere, TemplateError } from '../../services/delivery/content/index.ts';
import { valueOf } from '../environment.ts';
import { Problem } from './problem.ts';

/**
 * Compiles the playbook's rules as every service will, and renders every mail as delivery will. Throws Problem with one line per rule or
 * template that cannot be used, each with its file. Answers with a warning where there is one.
 */
export async function checkTemplates(playbookFile: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const directory = valueOf(env, 'HITO_TEMPLATES');
  const postalAddress = valueOf(env, 'HITO_POSTAL_ADDRESS');
  try {
    const { playbook } = await checkPlaybook(playbookFile, {
      ...(directory === undefined ? {} : { directory }),
      ...(postalAddress === undefined ? {} : { postalAddress }),
    });
    const where = anywhere(playbook.links);
    return where && `WARNING: links of mails may lead ${where} (in ${playbookFile})`;
  } catch (error) {
    if (error instanceof TemplateError) throw new Problem(`The templates cannot be used:\n${error.message}`);
    if (error instanceof PlaybookError) throw new Problem(`The playbook cannot be used:\n${error.message}`);
    throw error;
  }
}
