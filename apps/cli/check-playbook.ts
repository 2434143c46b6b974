import type { Service } from '#contracts';
import { loadPlaybook, PlaybookError, type Playbook } from '#playbook';
import { checkContent, type Templates } from '../../services/delivery/content/index.ts';
import { rulesOf as delivery } from '../../services/delivery/rules.ts';
import { rulesOf as ingestion } from '../../services/ingestion/rules.ts';
import { rulesOf as milestones } from '../../services/milestones/domain/rules.ts';
import { rulesOf as orchestration } from '../../services/orchestration/domain/rules.ts';
import { rulesOf as scoring } from '../../services/scoring/domain/rules.ts';
import { rulesOf as stages } from '../../services/stages/domain/rules.ts';

/** What each service makes of a playbook at its start; a new service does not compile until it stands here. */
const rulesOf: Readonly<Record<Service, (playbook: Playbook) => unknown>> = {
  ingestion,
  scoring,
  stages,
  milestones,
  // Nothing is decided here: whatever an event holds is hidden.
  orchestration: (playbook) => orchestration(playbook, () => ({})),
  delivery,
};

/** Why services would not start with a playbook, one line each. */
export const ruleProblems = (playbook: Playbook, file: string): string[] =>
  Object.entries(rulesOf).flatMap(([service, compile]) => {
    try {
      compile(playbook);
      return [];
    } catch (error) {
      return [`${file}: ${service} could not start with it: ${(error as Error).message}`];
    }
  });

/**
 * Checks everything of a playbook and its templates that can stop a service from starting. Rejects with PlaybookError or TemplateError,
 * one line per problem.
 */
export async function checkPlaybook(
  file: string,
  content: Parameters<typeof checkContent>[2],
): Promise<{ readonly playbook: Playbook; readonly templates: Templates }> {
  const playbook = loadPlaybook(file);
  const problems = ruleProblems(playbook, file);
  if (problems.length > 0) throw new PlaybookError(problems.join('\n'));
  return { playbook, templates: await checkContent(file, playbook, content) };
}
