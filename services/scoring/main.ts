import { run } from '#platform';
import { rulesOf } from './domain/rules.ts';
import { CreateScoring1780000000000 } from './migrations/1780000000000-create-scoring.ts';
import { scoringProcessor } from './scoring.processor.ts';

await run({
  service: 'scoring',
  processors: (playbook) => [{ processor: scoringProcessor, rules: rulesOf(playbook), rulesVersion: playbook.version }],
  migrations: [CreateScoring1780000000000],
});
