import { summed, type Failed, type Refused, type ServiceStatus, type Suppressed } from '#platform';
import type { ProcessStatus, Supervisor } from '../supervisor/supervisor.ts';
import { countOf, observe, slowestWatermark, talliesOf } from '../launcher/observe.ts';
import type { LastSeen } from './last-seen.ts';
import type { Instance } from '../launcher/service-specs.ts';

export interface ServiceLine {
  readonly name: string;
  readonly service: string;
  /** Health, metrics, status. */
  readonly internalUrl: string;
  readonly up: boolean;
  readonly notReady: string | null;
  /** driven, live or unset, as most of its tasks are. */
  readonly clock: string;
  readonly watermark: string | null;
  readonly lagRecords: number;
  readonly waitsFor: readonly string[];
  readonly alarms: readonly string[];
}

/** What the status page shows, and /status.json answers. */
export interface Status {
  readonly phase: string;
  /** Every durable counter, by processor and name. */
  readonly tallies: ReadonlyMap<string, number>;
  /** How far the slowest task's time has come. */
  readonly virtual: string | null;
  readonly people: number;
  readonly peopleByStage: Readonly<Record<string, number>>;
  readonly milestones: number;
  readonly mails: Readonly<Record<string, number>>;
  readonly lagRecords: number;
  /** What became a dead letter, the most first; of the edge since its start. */
  readonly refused: readonly (Refused & { readonly service: string })[];
  /** Rules whose condition came to no answer. */
  readonly conditions: readonly Failed[];
  /** Mails that are not sent, by reason. */
  readonly suppressed: readonly Suppressed[];
  readonly breakers: readonly (ServiceStatus['breakers'][number] & { readonly process: string })[];
  readonly services: readonly ServiceLine[];
  readonly processes: readonly ProcessStatus[];
  readonly inbox: string | null;
}

export interface StatusSource {
  readonly supervisor: Supervisor;
  phase: string;
  instances: readonly Instance[];
  inbox: string | undefined;
}

/** Asks all services and adds up what they say; of those that are silent, what they said last. */
export async function collectStatus({ supervisor, phase, instances, inbox }: StatusSource, seen: LastSeen): Promise<Status> {
  const { tasks: known, processes: observed } = seen.take(await Promise.all(instances.map(observe)));
  const tallies = talliesOf([{ tasks: known }]);
  const virtual = slowestWatermark(observed);
  const byLabel = (pattern: RegExp): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const [name, count] of tallies) {
      const label = pattern.exec(name)?.[1];
      if (label !== undefined) counts[label] = (counts[label] ?? 0) + count;
    }
    return counts;
  };
  const services = observed.map(({ name, service, internalUrl, up, notReady, tasks }): ServiceLine => {
    const watermarks = tasks.flatMap(({ watermark }) => (typeof watermark === 'number' ? [watermark] : []));
    return {
      name,
      service,
      internalUrl,
      up,
      notReady: notReady ?? null,
      clock: tasks.find(({ clock }) => clock !== 'unset')?.clock ?? 'unset',
      watermark: watermarks.length === 0 ? null : new Date(Math.min(...watermarks)).toISOString(),
      lagRecords: tasks.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
      waitsFor: [...new Set(tasks.map(({ waitsFor }) => waitsFor))].filter((what) => what !== 'nothing').slice(0, 4),
      alarms: tasks
        .filter(({ stopped }) => stopped)
        .map(({ processor, partition, waitsFor }) => `${processor} ${String(partition)}: ${waitsFor}`),
    };
  });
  return {
    phase,
    tallies,
    virtual: virtual === undefined ? null : new Date(virtual).toISOString(),
    people: countOf(tallies, 'profile/persons'),
    peopleByStage: byLabel(/^stages\/stage\.(.+)$/),
    milestones: countOf(tallies, 'milestones/milestone'),
    mails: byLabel(/\/mails\.(.+)$/),
    lagRecords: services.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
    refused: summed(observed.flatMap(({ service, refused }) => refused.map((one) => ({ service, ...one })))),
    conditions: summed(observed.flatMap(({ conditions }) => conditions)),
    suppressed: summed(observed.flatMap(({ suppressed }) => suppressed)),
    breakers: observed.filter(({ up }) => up).flatMap(({ name, breakers }) => breakers.map((one) => ({ process: name, ...one }))),
    services,
    processes: supervisor.status(),
    inbox: inbox ?? null,
  };
}
