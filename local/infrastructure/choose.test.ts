import { expect, test } from '@jest/globals';
import { chooseInfrastructure } from './index.ts';

/** No engine listens on port 1. */
const noEngine = { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '', DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CONTEXT: '' };

test.each([
  ['no engine answers', noEngine],
  ['no docker is installed', { ...noEngine, PATH: '/nowhere' }],
])('docker is refused where %s, with what to do', async (_, env) => {
  const chosen = chooseInfrastructure({ ...env, HITO_INFRASTRUCTURE: 'docker' });
  await expect(chosen).rejects.toThrow(/HITO_INFRASTRUCTURE is docker, but no Docker engine answers.*Start it, or set/);
});

test('an earlier start by Docker is not carried on without its engine', async () => {
  await expect(chooseInfrastructure({ ...noEngine, PATH: '/nowhere' }, 'docker')).rejects.toThrow(
    /earlier start lies with Docker, but no Docker engine answers.*Start it to carry on/,
  );
});

test('an unknown kind is refused with those that there are', async () => {
  await expect(chooseInfrastructure({ ...noEngine, HITO_INFRASTRUCTURE: 'podman' })).rejects.toThrow(
    /HITO_INFRASTRUCTURE is "podman".*embedded.*docker/,
  );
});

test('given servers count before all else', async () => {
  const servers = { KAFKA_BROKERS: 'a:9092', DATABASE_URL: 'postgres://admin:x@db/hito' };
  expect(await chooseInfrastructure({ ...noEngine, ...servers, HITO_INFRASTRUCTURE: 'docker' })).toBe('given');
});
