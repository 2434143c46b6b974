import { run } from '#platform';
import { rulesOf } from './domain/rules.ts';
import { CreateOrchestration1780000000000 } from './migrations/1780000000000-create-orchestration.ts';
import { OldestDeferred } from './oldest-deferred.ts';
import { orchestrationProcessor } from './orchestration.processor.ts';

await run({
  service: 'orchestration',
  processors: (playbook) => [{ processor: orchestrationProcessor, rules: rulesOf(playbook), rulesVersion: playbook.version }],
  migrations: [CreateOrchestration1780000000000],
  module: { providers: [OldestDeferred] },
});
