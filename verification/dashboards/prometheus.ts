import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../local/root.ts';
import { portsOf } from '../../local/process/ports.ts';

/** One series of an answer: its labels and its present value. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus with the rules of deploy/, which scrapes an installation every two seconds. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
  ) {}

  /** Resolves when it answers. `targets`: host and port of each process. Rejects where no `prometheus` is on the PATH. */
  static async start(targets: readonly string[]): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'hito-prometheus-'));
    const config = {
      global: { scrape_interval: '2s', evaluation_interval: '2s' },
      rule_files: [join(root, 'deploy/prometheus/rules/*.yml')],
      scrape_configs: [{ job_name: 'hito', static_configs: [{ targets }] }],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const address = `127.0.0.1:${String(await portsOf(folder).take('prometheus'))}`;
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new Error(`prometheus ended with ${String(code)}`));
      });
    });
    failed.catch(() => undefined);
    const prometheus = new Prometheus(child, folder, `http://${address}`);
    const ready = async (): Promise<boolean> =>
      fetch(`${prometheus.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await Promise.race([ready(), failed]))) await sleep(200);
    return prometheus;
  }

  /** The series of an instant query, those without a number left out. Rejects where it is no query. */
  async query(expr: string): Promise<Series[]> {
    const response = await fetch(`${this.url}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`);
    const body = (await response.json()) as {
      readonly error?: string;
      readonly data?: { readonly result: readonly { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (body.data === undefined) throw new Error(`${expr}: ${body.error ?? 'no answer'}`);
    return body.data.result
      .map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
      .filter(({ value }) => !Number.isNaN(value));
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      this.child.kill('SIGTERM');
      await once(this.child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
