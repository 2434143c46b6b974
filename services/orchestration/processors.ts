import type { RingEntry } from '#platform';
import type { Playbook } from '#playbook';
import { rulesOf } from './domain/rules.ts';
import { orchestrationProcessor } from './orchestration.processor.ts';
import { sealSecrets } from './seal-secrets.ts';

/** What the service runs: one processor, whose rules seal the secrets of events before anything is kept of them. */
export const orchestrationProcessors = (
  playbook: Playbook,
  env: { readonly HITO_SIGNING_KEY: string; readonly HITO_SECRET_KEYS?: readonly RingEntry[] | undefined },
) =>
  [
    {
      processor: orchestrationProcessor,
      rules: rulesOf(playbook, sealSecrets(playbook, env)),
      rulesVersion: playbook.version,
    },
  ] as const;
