import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { services, type Service } from '#contracts';
import { defaultStopWithinMs } from '#platform';
import { stopWithinMs } from '../../services/delivery/environment.ts';
import { copied, copies } from './copies.ts';
import { chart, goldenOf, manifests, sizes, type Manifest } from './render.ts';
import { valuesSchema } from './values-schema.ts';
import { chartVariables, computed, variablesFile } from './variables.ts';

// Where one of these fails: npm run chart. `npm run check:ops -- helm` compares the renders with the templates.

interface Entry {
  readonly name: string;
  readonly value?: string;
}
interface Container {
  readonly args: readonly string[];
  readonly env: readonly Entry[];
  readonly ports: readonly { name: string; containerPort: number }[];
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly [probe: string]: unknown;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly terminationGracePeriodSeconds: number;
}

/** An operator's own containers may have no environment. */
const containersOf = (manifest: Manifest): readonly Partial<Container>[] => [
  ...podOf(manifest).containers,
  ...(podOf(manifest).initContainers ?? []),
];
const renders = new Map(sizes.map((size) => [size as string, manifests(readFileSync(goldenOf(size), 'utf8'))]));
const rendered = (size: string): readonly Manifest[] => renders.get(size)!;
const podOf = (manifest: Manifest): PodSpec =>
  (manifest.kind === 'Pod' ? manifest['spec'] : (manifest['spec'] as { template: { spec: PodSpec } }).template.spec) as PodSpec;
const deployment = (size: string, service: Service): Manifest =>
  rendered(size).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === `hito-${service}`)!;
const container = (size: string, service: Service): Container => podOf(deployment(size, service)).containers[0]!;
const environment = (size: string, service: Service): ReadonlyMap<string, string | undefined> =>
  new Map(container(size, service).env.map(({ name, value }) => [name, value]));
const withPods = (size: string): readonly Manifest[] =>
  rendered(size).filter(({ kind }) => ['Deployment', 'Job', 'Pod'].includes(kind));
const everyService = sizes.flatMap((size) => services.map((service) => [size, service] as const));

describe('the chart knows what the code declares', () => {
  test('the variables of all services, their consumer groups and topics', () => {
    expect(readFileSync(`${chart}/files/variables.yaml`, 'utf8')).toBe(variablesFile());
  });

  test('a schema that names every variable', () => {
    expect(readFileSync(`${chart}/values.schema.json`, 'utf8')).toBe(valuesSchema());
  });

  test('dashboards and alerts as they are under deploy/', () => {
    for (const { to, text } of copies()) expect(existsSync(to) && readFileSync(to, 'utf8')).toBe(text);
    expect([...copied()].sort()).toEqual(
      copies()
        .map(({ to }) => to)
        .sort(),
    );
  });

  test('a variable that it works out itself is a variable', () => {
    const names = chartVariables().map(({ name }) => name);
    expect(computed.filter((name) => !names.includes(name))).toEqual([]);
  });

  test('a variable that it works out itself is in some render', () => {
    const seen = new Set(everyService.flatMap(([size, service]) => environment(size, service).keys().toArray()));
    expect(computed.filter((name) => !seen.has(name) && !seen.has(`${name}_FILE`))).toEqual([]);
  });
});

test('a scraped target has the job that rules and dashboards ask for', () => {
  const all = rendered('everything');
  const monitor = all.find(({ kind }) => kind === 'ServiceMonitor')?.['spec'] as {
    readonly jobLabel: string;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
  const wanted = Object.entries(monitor.selector.matchLabels);
  const scraped = all
    .filter(({ kind }) => kind === 'Service')
    .map(({ metadata }) => (metadata as { labels?: Readonly<Record<string, string>> }).labels ?? {})
    .filter((labels) => wanted.every(([name, value]) => labels[name] === value));
  expect(scraped).toHaveLength(services.length);
  const asked = readFileSync('deploy/prometheus/rules/alerts.yml', 'utf8').match(/job="[^"]*"/g) ?? [];
  expect(new Set(asked)).toEqual(new Set(scraped.map((labels) => `job="${String(labels[monitor.jobLabel])}"`)));
});

describe.each(everyService)('of the values %s, %s', (size, service) => {
  test('gets every required variable and none that it does not declare', () => {
    const mine = chartVariables().filter(({ for: of }) => of === 'all' || of === service);
    const names = environment(size, service)
      .keys()
      .toArray()
      .map((name) => name.replace(/_FILE$/, ''));
    expect(mine.filter(({ name, required }) => required && !names.includes(name))).toEqual([]);
    const libraries = ['PGSSLMODE', 'NODE_EXTRA_CA_CERTS', 'TZ', 'HITO_SERVICES'];
    expect(names.filter((name) => !libraries.includes(name) && !mine.some((variable) => variable.name === name))).toEqual([]);
  });

  test('leads `hito status` to the pods of all services', () => {
    const names = rendered(size)
      .filter(({ kind, metadata }) => kind === 'Service' && metadata.name.endsWith('-internal'))
      .map(({ metadata }) => `http://${metadata.name}:${environment(size, service).get('HITO_INTERNAL_PORT') ?? ''}`);
    expect(names).toHaveLength(services.length);
    expect(environment(size, service).get('HITO_SERVICES')?.split(',').sort()).toEqual(names.sort());
  });

  test('names its ports as it listens on them', () => {
    const env = environment(size, service);
    const ports = Object.fromEntries(container(size, service).ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(ports['internal']).toBe(Number(env.get('HITO_INTERNAL_PORT')));
    if (['ingestion', 'delivery'].includes(service)) expect(ports['public']).toBe(Number(env.get('HITO_PORT')));
    else expect(ports).not.toHaveProperty('public');
  });

  test('has a heap within its memory limit', () => {
    const { args, resources } = container(size, service);
    const heap = Number(args.map((arg) => /^--max-old-space-size=(\d+)$/.exec(arg)?.[1]).find((found) => found !== undefined));
    const limit = Number(/^(\d+)Mi$/.exec(resources.limits.memory)?.[1]);
    expect(heap).toBe(Math.floor(limit * 0.6));
  });

  test('is given longer to stop than it takes itself', () => {
    const pod = podOf(deployment(size, service));
    const reply = Number(environment(size, service).get('HITO_SMTP_REPLY_TIMEOUT_MS') ?? 600_000);
    const own = service === 'delivery' ? stopWithinMs({ HITO_SMTP_REPLY_TIMEOUT_MS: reply }) : defaultStopWithinMs;
    const before = (pod.containers[0]!.lifecycle?.preStop.sleep.seconds ?? 0) * 1_000;
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(before + own);
  });

  test('is asked by three probes on the internal port', () => {
    const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map(
      (probe) => (container(size, service)[probe] as { httpGet: unknown }).httpGet,
    );
    expect(paths).toEqual(['started', 'ready', 'live'].map((what) => ({ path: `/health/${what}`, port: 'internal' })));
  });

  test('has replicas, or an autoscaler and no replicas, and one autoscaler at most', () => {
    const scalers = rendered(size).filter(
      ({ kind, metadata }) => ['HorizontalPodAutoscaler', 'ScaledObject'].includes(kind) && metadata.name === `hito-${service}`,
    );
    expect(scalers.length).toBeLessThanOrEqual(1);
    expect('replicas' in (deployment(size, service)['spec'] as object)).toBe(scalers.length === 0);
  });
});

describe.each(sizes)('of the values %s, every pod', (size) => {
  test.each(withPods(size).map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
    '%s %s keeps to restricted pod security',
    (_kind, _name, manifest) => {
      const pod = podOf(manifest);
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const { image, securityContext } of [...pod.containers, ...(pod.initContainers ?? [])] as unknown as Record<
        string,
        string
      >[])
        if (image?.includes('hito') === true)
          expect(securityContext).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
    },
  );

  test('every program of the image begins where signals are heard from the first moment', () => {
    const ours = withPods(size)
      .flatMap(containersOf)
      .filter(({ args = [] }) => args.some((arg) => arg.startsWith('dist/')));
    expect(ours.length).toBeGreaterThanOrEqual(services.length);
    for (const { args = [] } of ours) expect(args.find((arg) => arg.startsWith('dist/'))).toBe('dist/apps/container/main.js');
  });

  test('no secret stands in the environment as text', () => {
    const secret = chartVariables()
      .filter((variable) => variable.secret)
      .map(({ name }) => name);
    for (const manifest of withPods(size))
      for (const { env = [] } of containersOf(manifest))
        for (const { name, value } of env) if (secret.includes(name)) expect(value).toBeUndefined();
  });

  test('public Services lead to public ports, internal ones to internal ports', () => {
    const found = rendered(size).filter(({ kind }) => kind === 'Service');
    expect(found.map(({ metadata }) => metadata.name).sort()).toEqual(
      ['hito-delivery', 'hito-ingestion', ...services.map((service) => `hito-${service}-internal`)].sort(),
    );
    for (const { metadata, spec } of found)
      for (const { targetPort } of (spec as { ports: { targetPort: string }[] }).ports)
        expect(targetPort).toBe(metadata.name.endsWith('-internal') ? 'internal' : 'public');
  });
});
