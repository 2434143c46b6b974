import type { Service } from '#contracts';

/** What the image can run beside the commands of `hito`: each service, and the replayer of a history. Loaded only when it is run. */
export const programs: Readonly<Record<Service | 'replay', () => Promise<unknown>>> = {
  ingestion: () => import('../../services/ingestion/main.ts'),
  scoring: () => import('../../services/scoring/main.ts'),
  stages: () => import('../../services/stages/main.ts'),
  milestones: () => import('../../services/milestones/main.ts'),
  orchestration: () => import('../../services/orchestration/main.ts'),
  delivery: () => import('../../services/delivery/main.ts'),
  replay: () => import('../../services/ingestion/replay/main.ts'),
};
