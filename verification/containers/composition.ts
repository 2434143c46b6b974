import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { services } from '#contracts';
import { root } from '../../local/root.ts';
import { docker, imageProblem } from './docker.ts';

const folder = 'verification/containers';
const project = 'hito-verification';

/** The containers that stay: Kafka, Postgres, the inbox and the services. */
export const lasting = ['kafka', 'postgres', 'inbox', ...services] as const;

export const addresses = {
  kafka: '127.0.0.1:39094',
  inbox: 'http://127.0.0.1:38025',
  ingestion: 'http://127.0.0.1:33000',
  prometheus: 'http://127.0.0.1:39090',
  grafana: 'http://127.0.0.1:33001',
} as const;

/** docker-compose.yml as a project of its own, with the files of this folder on top. */
export class Composition {
  private readonly files: readonly string[];
  private readonly env: NodeJS.ProcessEnv;

  constructor(more: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    this.files = ['docker-compose.yml', ...['ports.yml', ...more].map((file) => join(folder, file))];
    this.env = env;
  }

  compose(...args: string[]): Promise<string> {
    const files = this.files.flatMap((file) => ['--file', file]);
    return docker(
      ['compose', '--project-name', project, '--project-directory', '.', ...files, '--profile', '*', ...args],
      this.env,
    );
  }

  /** Starts these services and what they depend on, and waits until all are healthy. Gives the seconds it took. */
  async up(names: readonly string[]): Promise<number> {
    const started = performance.now();
    await this.compose('up', '--detach', '--wait', '--wait-timeout', '300', ...names);
    return (performance.now() - started) / 1_000;
  }

  /** Ends and removes the containers; the volumes stay unless asked otherwise. */
  async down(options: { readonly volumes: boolean }): Promise<void> {
    await this.compose('down', '--remove-orphans', ...(options.volumes ? ['--volumes'] : []));
  }

  /** The container's id. */
  async container(name: string): Promise<string> {
    const id = await this.compose('ps', '--all', '--quiet', name);
    if (id === '') throw new Error(`There is no container of ${name}: docker compose ps --all`);
    return id;
  }

  /** A secret that the first start made, by its file's name in the volume `keys`. */
  secret(name: string): Promise<string> {
    return this.compose('exec', '-T', 'scoring', 'node', '-p', `fs.readFileSync('/run/hito/${name}', 'utf8').trim()`);
  }

  /** The administrator's database URL, as this machine reaches the database. */
  async adminUrl(): Promise<string> {
    return (await this.secret('database-url')).replace('@postgres:5432', '@127.0.0.1:35432');
  }
}

/** The image of a service as docker-compose.yml names it, if the engine cannot have it; with the engine's answer. */
export async function missingImage(name: string): Promise<string | undefined> {
  const { services: containers } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as {
    services: Readonly<Record<string, { readonly image: string }>>;
  };
  const image = containers[name]?.image ?? '';
  const problem = await imageProblem(image);
  return problem === undefined ? undefined : `${image}: ${problem}`;
}
