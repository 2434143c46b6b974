import { run, secretKeys } from '#platform';
import { CreateOrchestration1780000000000 } from './migrations/1780000000000-create-orchestration.ts';
import { OldestDeferred } from './oldest-deferred.ts';
import { orchestrationProcessors } from './processors.ts';

await run({
  service: 'orchestration',
  env: { HITO_SECRET_KEYS: secretKeys },
  processors: orchestrationProcessors,
  migrations: [CreateOrchestration1780000000000],
  module: { providers: [OldestDeferred] },
});
