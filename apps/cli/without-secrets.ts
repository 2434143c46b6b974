import { hideSecrets } from '#facts';
import { loadPlaybook } from '#playbook';

/** A value as a command may print it. */
export type Hide = (value: unknown) => unknown;

/** Hides what is secret by its name, and what the playbook declares (HITO_PLAYBOOK, where it is set), in any event. */
export function withoutSecrets(playbookFile: string | undefined = process.env['HITO_PLAYBOOK']): Hide {
  const declared = new Set(
    playbookFile === undefined || playbookFile === '' ? [] : loadPlaybook(playbookFile).secrets.map(({ property }) => property),
  );
  return (value) => hideSecrets(value, declared);
}
