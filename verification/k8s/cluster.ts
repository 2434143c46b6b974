import { run } from '../program.ts';
import { helm4, type Tool } from '../tools.ts';

/** The release's name: the chart's own, so that no object has a longer one. */
const release = 'hito';
/** For kubectl and helm, when they wait for pods. */
const patience = '--timeout=300s';

/** A namespace of the cluster that kubectl's present context names, with one release of the chart. */
export class Cluster {
  readonly namespace: string;

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  kubectl(args: readonly string[], input?: string): Promise<string> {
    return run('kubectl', ['--namespace', this.namespace, ...args], input === undefined ? {} : { input });
  }

  helm(verb: string, ...args: string[]): Promise<string> {
    return run('helm', [verb, release, ...args, '--namespace', this.namespace]);
  }

  /** Names of the release's pods, of one service or of all. */
  async pods(service?: string): Promise<readonly string[]> {
    const component =
      service === undefined ? 'app.kubernetes.io/component notin (setup, test)' : `app.kubernetes.io/component=${service}`;
    const selector = `app.kubernetes.io/instance=${release},${component}`;
    const names = await this.kubectl(['get', 'pods', '--selector', selector, '--output', 'name']);
    return names.split('\n').filter((name) => name !== '');
  }

  /** Waits until every Deployment of the release has rolled out. */
  async ready(): Promise<void> {
    await this.kubectl(['rollout', 'status', 'deployment', '--selector', `app.kubernetes.io/instance=${release}`, patience]);
  }

  /** Rolls the pods of one service and waits until the last old one is replaced. */
  async roll(service: string): Promise<void> {
    await this.kubectl(['rollout', 'restart', `deployment/${release}-${service}`]);
    await this.kubectl(['rollout', 'status', `deployment/${release}-${service}`, patience]);
  }

  /** Waits until no pod of the release is on its way out. Pods of delivery wait for replies. */
  async noneLeaves(): Promise<void> {
    for (;;) {
      const leaving = await this.kubectl([
        'get',
        'pods',
        '--selector',
        `app.kubernetes.io/instance=${release}`,
        '--output',
        'jsonpath={.items[?(@.metadata.deletionTimestamp)].metadata.name}',
      ]);
      if (leaving === '') return;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Everything of the release that is in the namespace, as `kind/name`. */
  async left(): Promise<readonly string[]> {
    const kinds =
      'deployments,pods,jobs,services,configmaps,serviceaccounts,poddisruptionbudgets,networkpolicies,horizontalpodautoscalers';
    const names = await this.kubectl(['get', kinds, '--selector', `app.kubernetes.io/instance=${release}`, '--output', 'name']);
    return names.split('\n').filter((name) => name !== '');
  }
}

/** What the trial needs of this machine. */
export const needs: readonly Tool[] = [
  helm4,
  { command: 'kubectl', install: 'https://kubernetes.io/docs/tasks/tools' },
  {
    command: 'kubectl',
    answers: ['--request-timeout=10s', 'get', '--raw', '/readyz'],
    install: 'a cluster in its present context that answers; kind makes one: https://kind.sigs.k8s.io',
  },
];
