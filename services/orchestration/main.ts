import { run, secretKeys } from '#platform';
import { rulesOf } from './domain/rules.ts';
import { CreateOrchestration1780000000000 } from './migrations/1780000000000-create-orchestration.ts';
import { OldestDeferred } from './oldest-deferred.ts';
import { orchestrationProcessor } from './orchestration.processor.ts';
import { sealSecrets } from './seal-secrets.ts';

await run({
  service: 'orchestration',
  env: { HITO_SECRET_KEYS: secretKeys },
  processors: (playbook, env) => [
    {
      processor: orchestrationProcessor,
      rules: rulesOf(playbook, sealSecrets(playbook, env)),
      rulesVersion: playbook.version,
    },
  ],
  migrations: [CreateOrchestration1780000000000],
  module: { providers: [OldestDeferred] },
});
