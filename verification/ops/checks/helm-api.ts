import { services } from '#contracts';
import { chart, manifests, render, sizes } from '../../chart/render.ts';
import type { serviceOptions } from '../../chart/values-schema.ts';
import { needs } from '../../k8s/cluster.ts';
import { run } from '../../program.ts';
import type { Check } from '../check.ts';

/** A namespace that every cluster has: a dry run leaves nothing in it. */
const namespace = 'default';
/** Of operators that a cluster may have or not; where it has none, their kinds are left out. */
const ofOperators = /^(keda\.sh|monitoring\.coreos\.com)\//;

const container = {
  image: 'helper:1',
  securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
};
/** Every option of a service, with a value that differs from its default. */
const options: Record<keyof typeof serviceOptions, unknown> = {
  replicas: 3,
  resources: { requests: { cpu: '250m', memory: '320Mi' }, limits: { memory: '640Mi' } },
  autoscaling: { kind: 'hpa', minReplicas: 2, maxReplicas: 6, cpu: 70, lagMetric: 'hito_lag_records', lag: 500 },
  disruption: { enabled: true, maxUnavailable: '50%' },
  rollout: { maxSurge: '25%', maxUnavailable: 1 },
  spread: [{ topologyKey: 'topology.kubernetes.io/zone', maxSkew: 2, whenUnsatisfiable: 'DoNotSchedule' }],
  probes: { startup: { failureThreshold: 90 }, readiness: { periodSeconds: 4 }, liveness: { timeoutSeconds: 9 } },
  preStopSeconds: 7,
  labels: { team: 'crm' },
  annotations: { 'shop.example/owner': 'crm' },
  podLabels: { tier: 'mail' },
  podAnnotations: { 'sidecar.istio.io/inject': 'false' },
  extraEnv: [{ name: 'TZ', value: 'UTC' }],
  extraEnvFrom: [{ configMapRef: { name: 'more', optional: true } }],
  extraVolumes: [{ name: 'extra', emptyDir: { sizeLimit: '1Mi' } }],
  extraVolumeMounts: [{ name: 'extra', mountPath: '/extra' }],
  extraContainers: [{ name: 'beside', ...container }],
  initContainers: [{ name: 'before', ...container }],
  nodeSelector: { pool: 'crm' },
  tolerations: [{ key: 'crm', operator: 'Exists' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] }],
      },
    },
  },
  priorityClassName: 'important',
};

/** What is rendered: each values file, and every option of one service at a time on top of the small ones. */
const renders: readonly (readonly [what: string, args: readonly string[]])[] = [
  ...sizes.map((size) => [size, ['--values', `${chart}/values/${size}.yaml`]] as const),
  ...services.map((service) => {
    const given = Object.entries(options).map(([name, value]) => `services.${service}.${name}=${JSON.stringify(value)}`);
    const args = ['--values', `${chart}/values/small.yaml`, ...given.flatMap((one) => ['--set-json', one])];
    return [`small with every option of ${service}`, args] as const;
  }),
];

/**
 * The API server of kubectl's present context takes every values file and every option, by a dry run: nothing is stored. It sees what schemas
 * do not, such as a mount of a volume that is not there. Pods do not run.
 */
export const helmApi: Check = {
  name: 'helm-api-server',
  needs,
  run: async () => {
    const known = new Set((await run('kubectl', ['api-versions'])).split('\n'));
    const problems: string[] = [];
    for (const [what, args] of renders) {
      const items = manifests(render([...args, '--namespace', namespace])).filter(
        ({ apiVersion }) => known.has(apiVersion) || !ofOperators.test(apiVersion),
      );
      await run('kubectl', ['apply', '--dry-run=server', '--validate=strict', '--namespace', namespace, '--filename', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
      }).catch((error: unknown) => {
        const said = (error as Error).message.split('\n').filter((line) => !line.endsWith('(server dry run)'));
        problems.push(`${what}: ${said.slice(1).join('\n')}`);
      });
    }
    return problems;
  },
};
