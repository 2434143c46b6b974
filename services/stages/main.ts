import { run } from '#platform';
import { rulesOf } from './domain/rules.ts';
import { CreateStages1780000000000 } from './migrations/1780000000000-create-stages.ts';
import { stagesProcessor } from './stages.processor.ts';

await run({
  service: 'stages',
  processors: (playbook) => [{ processor: stagesProcessor, rules: rulesOf(playbook), rulesVersion: playbook.version }],
  migrations: [CreateStages1780000000000],
});
