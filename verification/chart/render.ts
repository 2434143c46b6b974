import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

export const chart = 'helm/hito';

/** The ways of an installation whose renders are kept: each is a file in `helm/hito/values/`. */
export const sizes = ['small', 'medium', 'large', 'everything'] as const;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a manifest holds hangs on its kind
  readonly [part: string]: any;
}

/** `helm template` with these arguments. Throws what Helm says where it refuses. */
export function render(args: readonly string[], helm = 'helm'): string {
  const { status, stdout, stderr, error } = spawnSync(
    helm,
    ['template', 'hito', chart, '--namespace', 'hito', '--kube-version', '1.35.0', ...args],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

export const renderSize = (size: string, helm?: string): string => render(['--values', `${chart}/values/${size}.yaml`], helm);

/** Where the render of a values file is kept. */
export const goldenOf = (size: string): string => `helm/renders/${size}.yaml`;

export const manifests = (rendered: string): readonly Manifest[] =>
  parseAllDocuments(rendered).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
