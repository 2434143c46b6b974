import type { HideSecrets } from '../domain/variables.ts';

/** Leaves secrets as they are: for tests that look at what they become, or have none. The service seals them. */
export const unsealed: HideSecrets = (_, properties) => properties;
