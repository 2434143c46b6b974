import { collected, deadLetters } from '#contracts';
import type { Playbook, SourceRule } from '#playbook';
import { Fenced, partitionOf, type KafkaOptions, type Logger, type Worker, type WorkerSession } from '#stream';
import { topicReader } from '#stream/runtime';
import { LiveGate } from '../edge/live-gate.ts';
import { Lane, pause } from './lane.ts';
import { sourcesWorker } from './name.ts';
import type { RegistryOptions } from './registry/client.ts';
import { Taker } from './take.ts';

export interface SourcesParts {
  readonly playbook: Pick<Playbook, 'sources' | 'ids' | 'secrets'>;
  /** Of Hito's own topics: so many sessions there are, over all processes. */
  readonly partitions: number;
  /** How a source's cluster is reached. */
  readonly kafka: (source: SourceRule) => KafkaOptions;
  /** The schema registry of a source's cluster. */
  readonly registry?: (source: SourceRule) => RegistryOptions | undefined;
  readonly logger: Logger;
}

/**
 * Reads the platform's own topics. Each session reads the partitions that fall to it, of every topic of every source; a topic's partitions
 * follow each other over the sessions, so that they spread over the processes. Cursors and events are written in one transaction.
 */
export function readsSources({ playbook, partitions, kafka, registry, logger }: SourcesParts): Worker {
  /** What each session waits for, by its number and the topic. */
  const trouble = new Map<string, string>();
  const standings = new Map<string, { readonly lag: number; readonly stopped: boolean; readonly epoch: object }>();
  const takers = new Map(
    playbook.sources.map((source) => [source.name, new Taker(source, playbook, partitions, registry?.(source))]),
  );

  const read = async (session: WorkerSession, source: SourceRule, topic: string): Promise<void> => {
    const first = partitionOf(`${source.name}/${topic}`, partitions);
    const mine = (partition: number): boolean => (first + partition) % partitions === session.partition;
    const gate = new LiveGate({ query: (text, values) => session.unchecked((sql) => sql.query(text, values)) }, partitions);
    const place = `${source.name}/${topic}`;
    const here = `${place}#${String(session.partition)}`;
    const tell = (reason: string | undefined): void => {
      if (reason === undefined) trouble.delete(here);
      else trouble.set(here, `source ${place}: ${reason}`);
    };
    const name = (partition: number): string => `${place}/${String(partition)}`;
    const over = (): boolean => session.signal.aborted;
    for (let failures = 0; !over();) {
      const reader = topicReader(kafka(source), topic, logger);
      const lane = new Lane({
        session,
        source,
        topic,
        mine,
        reader,
        taker: takers.get(source.name) as Taker,
        open: () => gate.open(),
        logger,
        report: (partition, standing) => standings.set(name(partition), { ...standing, epoch: session }),
      });
      try {
        while (!over()) {
          await lane.turn();
          failures = 0;
          tell(lane.waitsFor);
        }
      } catch (error) {
        if (error instanceof Fenced) {
          tell(undefined);
          throw error;
        }
        tell((error as Error).message);
        logger.warn({ source: source.name, topic, error: (error as Error).message }, 'Reading a source failed and is repeated');
        await pause(Math.min(10_000, 200 * 2 ** failures++), session.signal);
      } finally {
        await reader.close().catch(() => undefined);
      }
    }
    tell(undefined);
  };

  return {
    service: 'ingestion',
    name: sourcesWorker,
    inputs: [{ contract: collected, kind: 'external' }],
    watches: true,
    outputs: [{ contract: collected }, { contract: deadLetters('ingestion') }],
    waitsFor: () => trouble.values().next().value,
    readings: () =>
      Object.fromEntries(
        [...standings].flatMap(([name, { lag, stopped }]) => [
          [`source.lag.${name}`, lag],
          [`source.stopped.${name}`, Number(stopped)],
        ]),
      ),
    async run(session) {
      try {
        await Promise.all(playbook.sources.flatMap((source) => source.topics.map((topic) => read(session, source, topic))));
      } finally {
        for (const [name, { epoch }] of standings) if (epoch === session) standings.delete(name);
      }
    },
  };
}
