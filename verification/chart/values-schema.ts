import { z } from 'zod';
import { services } from '#contracts';
import { chartVariables } from './variables.ts';

const text = z.string();
const count = z.int().min(0);
const labels = z.record(z.string(), z.string());
const port = z.int().min(1).max(65_535);
/** What Kubernetes itself defines and checks. */
const kubernetesObject = z.record(z.string(), z.unknown());
const kubernetesList = z.array(kubernetesObject);
const quantity = z.union([z.string().regex(/^[0-9]+(\.[0-9]+)?[A-Za-z]*$/), z.number()]);
const object = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).partial();

const secretRef = object({ secret: text, key: text });
const fullSecretRef = z.strictObject({ secret: text.min(1), key: text.min(1) });
const file = object({ secret: text, configMap: text, key: text });
const resources = object({
  requests: z.record(z.string(), quantity),
  limits: z.looseObject({ memory: quantity }),
  claims: kubernetesList,
});

/** Of variables that are given by name. A secret never stands in `settings`: there it would be in a values file. */
function named(of: (name: string) => boolean) {
  const variables = chartVariables().filter(({ name, given }) => given === 'value' && of(name));
  return {
    settings: object(
      Object.fromEntries(
        variables.filter(({ secret }) => !secret).map(({ name }) => [name, z.union([text, z.number(), z.boolean()])]),
      ),
    ),
    secrets: object(Object.fromEntries(variables.map(({ name }) => [name, fullSecretRef]))),
  };
}

const probe = object({
  initialDelaySeconds: count,
  periodSeconds: z.int().min(1),
  timeoutSeconds: z.int().min(1),
  failureThreshold: z.int().min(1),
  successThreshold: z.int().min(1),
});
const autoscaling = object({
  kind: z.enum(['none', 'hpa', 'keda']),
  minReplicas: z.int().min(1),
  maxReplicas: z.int().min(1),
  cpu: z.int().min(1).max(100),
  lagMetric: text,
  lag: z.int().min(1),
  pollingInterval: z.int().min(1),
  cooldownPeriod: count,
});
/** What each service has of its own over the defaults. */
export const serviceOptions = {
  replicas: count,
  resources,
  autoscaling,
  disruption: object({ enabled: z.boolean(), maxUnavailable: z.union([z.int().min(1), z.string().regex(/^[0-9]+%$/)]) }),
  rollout: object({ maxSurge: z.union([count, text]), maxUnavailable: z.union([count, text]) }),
  spread: z.array(
    z.strictObject({
      topologyKey: text,
      maxSkew: z.int().min(1),
      whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
    }),
  ),
  probes: object({ startup: probe, readiness: probe, liveness: probe }),
  preStopSeconds: z.int().min(1).max(300),
  labels,
  annotations: labels,
  podLabels: labels,
  podAnnotations: labels,
  extraEnv: kubernetesList,
  extraEnvFrom: kubernetesList,
  extraVolumes: kubernetesList,
  extraVolumeMounts: kubernetesList,
  extraContainers: kubernetesList,
  initContainers: kubernetesList,
  nodeSelector: labels,
  tolerations: kubernetesList,
  affinity: kubernetesObject,
  priorityClassName: text,
};
const servicesShape = Object.fromEntries(
  services.map((name) => [name, object({ ...serviceOptions, ...named((variable) => isOf(variable, name)) })]),
);
const publicSide = object({
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']),
  port,
  annotations: labels,
  ingress: object({ enabled: z.boolean(), className: text, host: text, tlsSecret: text, annotations: labels }),
});
const egress = object({ ports: z.array(port), to: kubernetesList });
const shared = named(() => true);

const values = object({
  global: kubernetesObject,
  nameOverride: text,
  fullnameOverride: text,
  commonLabels: labels,
  commonAnnotations: labels,
  image: object({
    repository: text.min(1),
    tag: text,
    digest: z.string().regex(/^(sha256:[0-9a-f]{64})?$/),
    pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
    pullSecrets: z.array(text),
    folder: text,
  }),
  prefix: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
  partitions: z.int().min(1).max(1000),
  kafka: object({
    brokers: z.array(z.string().regex(/^[^\s:,]+:[0-9]+$/)),
    tls: object({ enabled: z.boolean(), ca: file }),
    sasl: object({
      mechanism: z.enum(['', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']),
      credentials: object({ secret: text, usernameKey: text, passwordKey: text }),
      oauth: object({ tokenUrl: z.string().regex(/^(https?:\/\/\S+)?$/), scope: text }),
    }),
  }),
  postgres: object({
    urls: object({ secret: text, keys: object(Object.fromEntries(services.map((name) => [name, text]))) }),
    sslmode: z.enum(['', 'verify-full', 'no-verify', 'disable']),
  }),
  trust: file,
  playbook: object({ inline: text, configMap: text, key: text, path: text, revision: text }),
  templates: object({ configMap: text, path: text, revision: text }),
  ...shared,
  secretsAs: z.enum(['environment', 'files']),
  heapShare: z.number().min(0.1).max(0.9),
  nodeFlags: z.array(z.string().regex(/^--[a-z]/)),
  defaults: object(serviceOptions),
  services: object(servicesShape),
  serviceAccount: object({ create: z.boolean(), name: text, annotations: labels }),
  public: object({ ingestion: publicSide, delivery: publicSide }),
  setup: object({
    enabled: z.boolean(),
    kind: z.enum(['hook', 'plain']),
    database: object({ enabled: z.boolean(), adminUrl: secretRef }),
    topics: object({ enabled: z.boolean(), replication: count }),
    clockLive: z.boolean(),
    backoffLimit: count,
    activeDeadlineSeconds: z.int().min(1),
    ttlSecondsAfterFinished: count,
    resources,
  }),
  networkPolicy: object({
    enabled: z.boolean(),
    publicFrom: kubernetesList,
    internalFrom: kubernetesList,
    egress: object({ kafka: egress, postgres: egress, smtp: egress, https: egress, traces: egress }),
  }),
  monitoring: object({
    serviceMonitor: object({ enabled: z.boolean(), labels, interval: text, scrapeTimeout: text }),
    prometheusRule: object({ enabled: z.boolean(), labels }),
    dashboards: object({ enabled: z.boolean(), labels, annotations: labels }),
  }),
  test: object({
    enabled: z.boolean(),
    email: text,
    event: text,
    properties: z.record(z.string(), z.unknown()),
    outcome: text,
    timeoutSeconds: z.int().min(1),
    writeKey: secretRef,
  }),
});

function isOf(variable: string, service: string): boolean {
  return chartVariables().some(({ name, for: of }) => name === variable && (of === 'all' || of === service));
}

/** `values.schema.json` of the chart: what is not in it is refused, with the names of all variables. */
export const valuesSchema = (): string =>
  `${JSON.stringify({ title: 'Values of the Hito chart', ...z.toJSONSchema(values, { target: 'draft-7' }) }, null, 2)}\n`;
