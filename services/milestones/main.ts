import { run } from '#platform';
import { rulesOf } from './domain/rules.ts';
import { CreateMilestones1780000000000 } from './migrations/1780000000000-create-milestones.ts';
import { milestonesProcessor } from './milestones.processor.ts';

await run({
  service: 'milestones',
  processors: (playbook) => [{ processor: milestonesProcessor, rules: rulesOf(playbook), rulesVersion: playbook.version }],
  migrations: [CreateMilestones1780000000000],
});
