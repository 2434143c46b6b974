import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../local/root.ts';
import type { Cluster } from './cluster.ts';

/** The example's playbook, or one in which the reset mail is good for two hours instead of one. */
function playbook(changed: boolean): string {
  const text = readFileSync(join(root, 'examples/shop/playbook.yaml'), 'utf8');
  if (!changed) return text;
  const other = text.replace(/(id: password-reset\n(?:.*\n)*?\s+not_after: )1h/u, '$12h');
  if (other === text)
    throw new Error('examples/shop/playbook.yaml has no password-reset with `not_after: 1h`; change this program too');
  return other;
}

export interface Release {
  readonly image: string;
  readonly replicas: number;
  readonly changed: boolean;
}

/** `helm install` or `helm upgrade` with the values of this folder. */
export async function apply(cluster: Cluster, verb: 'install' | 'upgrade', { image, replicas, changed }: Release): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hito-k8s-'));
  const [repository = '', tag = ''] = image.split(/:(?=[^:/]*$)/u);
  try {
    writeFileSync(join(dir, 'playbook.yaml'), playbook(changed));
    await cluster.helm(
      verb,
      'helm/hito',
      ...['--values', 'helm/hito/values/small.yaml', '--values', 'verification/k8s/values.yaml'],
      ...['--set-file', `playbook.inline=${join(dir, 'playbook.yaml')}`],
      ...['--set', `image.repository=${repository},image.tag=${tag},defaults.replicas=${String(replicas)}`],
      ...['--timeout', '300s'],
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}
