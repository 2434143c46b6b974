import { join } from 'node:path';
import { services, type Service } from '#contracts';
import { defaultStopWithinMs, readVariables } from '#platform';
import { deliveryVariables, stopWithinMs } from '../../services/delivery/environment.ts';
import { valueOf } from '../environment.ts';
import type { Ports } from '../process/ports.ts';
import type { Spec } from '../supervisor/supervisor.ts';
import { root } from '../root.ts';
import { host, replayerEnvironment, serviceEnvironment, type ServiceEnvironmentOptions } from './service-environment.ts';

/** Where one instance of a service listens. */
export interface Instance {
  readonly name: string;
  readonly service: Service;
  /** Health, metrics, status. */
  readonly internalUrl: string;
  /** For SDKs (ingestion) or recipients (delivery); undefined for the others. */
  readonly publicUrl: string | undefined;
}

export interface ServicePlan {
  readonly instances: readonly Instance[];
  readonly specs: readonly Spec[];
  /** What the replayer needs: ingestion's environment and its own. */
  readonly ingestion: NodeJS.ProcessEnv;
}

export interface ServiceOptions extends Omit<ServiceEnvironmentOptions, 'publicUrl'> {
  readonly ports: Ports;
}

/** How every Node of a start is started. */
export const nodeFlags = ['--enable-source-maps', '--disable-warning=TimeoutNegativeWarning'];
/**
 * How a service's Node is started. A small young generation: what a batch leaves behind dies young anyway, and the default, which grows
 * with the machine's memory, costs 150 MB a process at the same CPU (measured on the bare consumer of bench (a): 420 and 270 MB).
 * It is cleared by the main thread alone: where there are fewer cores than processes, helpers that have to be waited for cost more
 * than they take off (3 % of bench (a)).
 */
export const serviceNode = [...nodeFlags, '--max-semi-space-size=8', '--no-parallel-scavenge'];
const withPublicSide: readonly Service[] = ['ingestion', 'delivery'];
const urlOf = (port: number): string => `http://${host}:${String(port)}`;

/** A service ends by itself at its own limit (25 s, delivery's is longer); only one that does not is ended by force, this much later. */
const beyondItsLimitMs = 3_000;

/** How long a service's orderly stop may take before it is ended by force, ms. */
export function graceOf(service: Service, env: NodeJS.ProcessEnv): number {
  if (service !== 'delivery') return defaultStopWithinMs + beyondItsLimitMs;
  const { HITO_SMTP_REPLY_TIMEOUT_MS } = deliveryVariables;
  return stopWithinMs(readVariables(service, { HITO_SMTP_REPLY_TIMEOUT_MS }, env)) + beyondItsLimitMs;
}

/**
 * The environment of every service's processes. HITO_INSTANCES processes each; ports of its own each (HITO_<SERVICE>_INTERNAL_PORT, and
 * HITO_<SERVICE>_PORT where it has a public side, insist on the first's).
 */
export async function servicePlan(options: ServiceOptions): Promise<ServicePlan> {
  const { env, ports } = options;
  const count = Number(valueOf(env, 'HITO_INSTANCES') ?? 1);
  const instances: (Instance & { readonly portVariables: NodeJS.ProcessEnv })[] = [];
  for (const service of services)
    for (let i = 1; i <= count; i += 1) {
      const name = count === 1 ? service : `${service}-${String(i)}`;
      const take = (what: string, variable: string): Promise<number> =>
        ports.take(what, i === 1 ? `HITO_${service.toUpperCase()}_${variable}` : undefined);
      const port = withPublicSide.includes(service) ? await take(name, 'PORT') : undefined;
      const internalPort = await take(`${name}-internal`, 'INTERNAL_PORT');
      instances.push({
        name,
        service,
        publicUrl: port === undefined ? undefined : urlOf(port),
        internalUrl: urlOf(internalPort),
        portVariables: {
          HITO_INTERNAL_PORT: String(internalPort),
          ...(port === undefined ? {} : { HITO_PORT: String(port) }),
        },
      });
    }
  const publicUrl = instances.find(({ service }) => service === 'delivery')?.publicUrl ?? '';
  const environmentOf = (service: Service): NodeJS.ProcessEnv => serviceEnvironment(service, { ...options, publicUrl });
  return {
    instances,
    ingestion: { ...environmentOf('ingestion'), ...replayerEnvironment(env) },
    specs: instances.map(({ name, service, portVariables }) => {
      const environment = { ...environmentOf(service), ...portVariables };
      return {
        name,
        rank: 'service',
        command: process.execPath,
        args: [...serviceNode, join(root, 'dist', 'services', service, 'main.js')],
        env: environment,
        graceMs: graceOf(service, environment),
      };
    }),
  };
}
