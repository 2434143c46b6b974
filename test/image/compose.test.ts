import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { services } from '#contracts';
import { images } from '../../local/infrastructure/docker/docker.ts';
import { root } from '../../local/root.ts';
import { chartVariables } from '../../verification/chart/variables.ts';

interface Container {
  readonly image: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly restart?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly interval?: string; readonly start_interval?: string };
}
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const { services: containers } = parse(text, { merge: true }) as { services: Readonly<Record<string, Container>> };
const all = Object.entries(containers);

test.each(services)('Compose runs %s with a database URL of its own', (service) => {
  const { command, environment } = containers[service]!;
  expect(command).toEqual([service]);
  expect(environment?.['DATABASE_URL_FILE']).toBe(`/run/hito/database-url-${service}`);
  expect(containers['database']?.environment?.[`DATABASE_URL_${service.toUpperCase()}_FILE`]).toBe(
    environment?.['DATABASE_URL_FILE'],
  );
});

test('Compose names the version of every image, never latest', () => {
  for (const [name, { image }] of all) expect({ name, image }).toEqual({ name, image: expect.stringMatching(/:(?!latest)\S+/u) });
});

test('Compose publishes every port on 127.0.0.1 only', () => {
  const published = all.flatMap(([, { ports = [] }]) => ports);
  expect(published.length).toBeGreaterThan(0);
  expect(published.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
});

test('Compose gives every container a profile', () => {
  const known = ['core', 'observability', 'tools'];
  for (const [name, { profiles = [] }] of all)
    expect({ name, known: profiles.some((one) => known.includes(one)) }).toEqual({ name, known: true });
});

test('Compose asks what stays for its health often at the start, and seldom later', () => {
  const staying = all.filter(([, { restart, profiles }]) => restart !== 'no' && profiles?.includes('core'));
  expect(staying).toHaveLength(services.length + 3);
  for (const [name, { healthcheck }] of staying) {
    const seconds = (text = ''): number => Number(/^(\d+)s$/u.exec(text)?.[1]);
    expect({ name, often: seconds(healthcheck?.start_interval) <= 2 }).toEqual({ name, often: true });
    expect({ name, seldom: seconds(healthcheck?.interval) >= 5 }).toEqual({ name, seldom: true });
  }
});

test('Compose lets something wait for the end of all that ends, as up --wait asks for', () => {
  const ending = all.filter(([, { restart, profiles }]) => restart === 'no' && profiles?.includes('core'));
  expect(ending.map(([name]) => name).sort()).toEqual(['clock', 'database', 'keys', 'topics']);
  for (const [name] of ending) {
    const conditions = new Set(all.map(([, { depends_on }]) => depends_on?.[name]?.condition).filter((one) => one !== undefined));
    expect({ name, conditions: [...conditions] }).toEqual({ name, conditions: ['service_completed_successfully'] });
  }
});

test('Compose mounts only files and folders that exist', () => {
  const mounted = all.flatMap(([, { volumes = [] }]) => volumes).filter((volume) => volume.startsWith('./'));
  expect(mounted.map((volume) => volume.split(':')[0] ?? '').filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('Compose holds no password: secrets are files that its first start makes', () => {
  expect(text).not.toMatch(/(PASSWORD|SIGNING_KEY|WRITE_KEYS): /u);
});

/** The words of `--profile` in each command that a document or a workflow gives. */
function profilesIn(file: string): string[][] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(/docker compose ((?:--profile \S+ )+)up .*--wait/gu)].map(
    ([, given = '']) => [...given.matchAll(/--profile (\S+)/gu)].map(([, profile = '']) => profile),
  );
}

test('Each documented up --wait starts nothing that ends and that nothing waits for', () => {
  const files = ['README.md', 'docs/how-to/containers.md', '.github/workflows/image.yml'];
  for (const file of files) {
    expect({ file, commands: profilesIn(file).length > 0 }).toEqual({ file, commands: true });
    for (const profiles of profilesIn(file)) {
      const started = all.filter(([, one]) =>
        (one.profiles ?? []).some((profile) => profiles.includes(profile) || profiles.includes("'*'")),
      );
      const awaited = new Set(started.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on)));
      const left = started.filter(([name, { restart }]) => restart === 'no' && !awaited.has(name)).map(([name]) => name);
      expect({ file, profiles, left }).toEqual({ file, profiles, left: [] });
    }
  }
});

test.each(services)('Compose gives %s every required variable, and none that it does not declare', (service) => {
  const mine = chartVariables().filter(({ for: of }) => of === 'all' || of === service);
  const given = Object.keys(containers[service]?.environment ?? {}).map((name) => name.replace(/_FILE$/u, ''));
  expect(mine.filter(({ name, required }) => required && !given.includes(name)).map(({ name }) => name)).toEqual([]);
  expect(given.filter((name) => !mine.some((variable) => variable.name === name))).toEqual([]);
});

test('Prometheus, and `hito status` in Compose, ask all services at their internal ports', () => {
  const places = services.map((service) => `${service}:${containers[service]?.environment?.['HITO_INTERNAL_PORT'] ?? 'none'}`);
  const { scrape_configs } = parse(readFileSync(join(root, 'deploy/prometheus/prometheus.yml'), 'utf8')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  expect(scrape_configs.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets))).toEqual(places);
  expect(containers['hito']?.environment?.['HITO_SERVICES']?.split(',')).toEqual(places.map((place) => `http://${place}`));
});

test('npm start by Docker uses the same images of Kafka and Postgres as Compose', () => {
  expect(images).toEqual({ kafka: containers['kafka']?.image, postgres: containers['postgres']?.image });
});
