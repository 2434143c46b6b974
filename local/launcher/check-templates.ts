import { loadPlaybook } from '#playbook';
import { checkContent, TemplateError } from '../../services/delivery/content/index.ts';
import { valueOf } from '../environment.ts';
import { Problem } from './problem.ts';

/**
 * Compiles and renders every mail of the playbook, as delivery will. Throws Problem with one line per template that cannot be used, each
 * with its file.
 */
export async function checkTemplates(playbookFile: string, env: NodeJS.ProcessEnv): Promise<void> {
  const directory = valueOf(env, 'HITO_TEMPLATES');
  const postalAddress = valueOf(env, 'HITO_POSTAL_ADDRESS');
  try {
    await checkContent(playbookFile, loadPlaybook(playbookFile), {
      ...(directory === undefined ? {} : { directory }),
      ...(postalAddress === undefined ? {} : { postalAddress }),
    });
  } catch (error) {
    if (error instanceof TemplateError) throw new Problem(`The templates cannot be used:\n${error.message}`);
    throw error;
  }
}
