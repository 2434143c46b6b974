import { PlaybookError } from '#playbook';
import { checkPlaybook } from '../../apps/cli/check-playbook.ts';
import { TemplateError } from '../../services/delivery/content/index.ts';
import { valueOf } from '../environment.ts';
import { Problem } from './problem.ts';

/**
 * Compiles the playbook's rules as every service will, and renders every mail as delivery will. Throws Problem with one line per rule or
 * template that cannot be used, each with its file.
 */
export async function checkTemplates(playbookFile: string, env: NodeJS.ProcessEnv): Promise<void> {
  const directory = valueOf(env, 'HITO_TEMPLATES');
  const postalAddress = valueOf(env, 'HITO_POSTAL_ADDRESS');
  try {
    await checkPlaybook(playbookFile, {
      ...(directory === undefined ? {} : { directory }),
      ...(postalAddress === undefined ? {} : { postalAddress }),
    });
  } catch (error) {
    if (error instanceof TemplateError) throw new Problem(`The templates cannot be used:\n${error.message}`);
    if (error instanceof PlaybookError) throw new Problem(`The playbook cannot be used:\n${error.message}`);
    throw error;
  }
}
