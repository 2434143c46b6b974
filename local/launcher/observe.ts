import type { ServiceStatus } from '#platform';
import type { Instance } from './service-specs.ts';

type Told = Pick<ServiceStatus, 'tasks' | 'refused' | 'conditions' | 'suppressed' | 'breakers'>;
const nothing: Told = { tasks: [], refused: [], conditions: [], suppressed: [], breakers: [] };

/** What one instance answered, or that it did not. */
export interface Observed extends Instance, Told {
  readonly up: boolean;
  /** Why it is not ready; undefined when it is. */
  readonly notReady: string | undefined;
}

/** Asks an instance for its status; one that does not answer in time is down. */
export async function observe(instance: Instance): Promise<Observed> {
  try {
    const response = await fetch(`${instance.internalUrl}/status`, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) return { ...instance, up: false, notReady: `HTTP ${String(response.status)}`, ...nothing };
    const { notReady, tasks, refused, conditions, suppressed, breakers } = (await response.json()) as ServiceStatus;
    return { ...instance, up: true, notReady: notReady ?? undefined, tasks, refused, conditions, suppressed, breakers };
  } catch (error) {
    return {
      ...instance,
      up: false,
      notReady: `does not answer (${(error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name})`,
      ...nothing,
    };
  }
}

/** The durable counters of all tasks, by processor and name. */
export function talliesOf(observed: readonly Pick<Observed, 'tasks'>[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { tasks } of observed)
    for (const { processor, tallies } of tasks)
      for (const [name, count] of Object.entries(tallies))
        totals.set(`${processor}/${name}`, (totals.get(`${processor}/${name}`) ?? 0) + count);
  return totals;
}

/** Sum of the counters whose `processor/name` begins with one of these. */
export const countOf = (tallies: ReadonlyMap<string, number>, ...beginnings: readonly string[]): number =>
  [...tallies]
    .filter(([name]) => beginnings.some((beginning) => name.startsWith(beginning)))
    .reduce((sum, [, count]) => sum + count, 0);

/** The slowest watermark of all tasks that have one, epoch ms. */
export function slowestWatermark(observed: readonly Observed[]): number | undefined {
  const watermarks = observed.flatMap(({ tasks }) =>
    tasks.flatMap(({ watermark }) => (typeof watermark === 'number' ? [watermark] : [])),
  );
  return watermarks.length === 0 ? undefined : watermarks.reduce((a, b) => Math.min(a, b));
}
