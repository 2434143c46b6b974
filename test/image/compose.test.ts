import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { services } from '#contracts';
import { images } from '../../local/infrastructure/docker/docker.ts';
import { root } from '../../local/root.ts';

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

test('npm start by Docker uses the same images of Kafka and Postgres as Compose', () => {
  expect(images).toEqual({ kafka: containers['kafka']?.image, postgres: containers['postgres']?.image });
});
