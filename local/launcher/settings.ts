import type { Infrastructure } from '../infrastructure/index.ts';
import type { Facts, Memory } from './memory.ts';
import { valueOf } from '../environment.ts';
import { Problem } from './problem.ts';

/** One machine runs every task itself: fewer of them cost fewer commits. An installation for many processes wants the services' default, 12. */
const localPartitions = 4;

/** What an installation is called on its servers; fixed at its first start. */
export interface Settings {
  readonly prefix: string;
  readonly partitions: number;
}

/** From the environment, else as remembered. Throws Problem when the environment contradicts what was begun. */
export function settingsOf(memory: Memory, env: NodeJS.ProcessEnv): Settings {
  const facts = memory.now;
  const prefix = valueOf(env, 'HITO_PREFIX') ?? facts.prefix ?? 'hito';
  const partitions = Number(valueOf(env, 'HITO_PARTITIONS') ?? facts.partitions ?? localPartitions);
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new Problem(
      `HITO_PARTITIONS=${String(valueOf(env, 'HITO_PARTITIONS'))} is no number of partitions. Give one such as 12.`,
    );
  unchanged(facts, 'prefix', prefix, 'HITO_PREFIX');
  unchanged(facts, 'partitions', partitions, 'HITO_PARTITIONS');
  memory.note({ prefix, partitions });
  return { prefix, partitions };
}

/** The servers on which this installation lives must be the same each time: elsewhere it would find nothing of its own. */
export function sameServers(memory: Memory, kind: NonNullable<Facts['kind']>, brokers: readonly string[]): void {
  const { kind: known, brokers: knownBrokers } = memory.now;
  if (known !== undefined && known !== kind)
    throw new Problem(
      `This installation lives on ${known} servers, now there would be ${kind} ones. Bring those back (HITO_INFRASTRUCTURE=${known}, or KAFKA_BROKERS and DATABASE_URL), or start anew with --fresh.`,
    );
  if (kind === 'given' && knownBrokers !== undefined && knownBrokers !== brokers.join(','))
    throw new Problem(
      `This installation lives on the brokers ${knownBrokers}, not on ${brokers.join(',')}. Set KAFKA_BROKERS to those, or start anew with --fresh.`,
    );
}

/** Remembers on which servers this installation lives from now on. */
export function noteServers(memory: Memory, { kind, brokers }: Pick<Infrastructure, 'kind' | 'brokers'>): void {
  memory.note({ kind, ...(kind === 'given' ? { brokers: brokers.join(',') } : {}) });
}

function unchanged(facts: Facts, name: 'prefix' | 'partitions', value: string | number, variable: string): void {
  const known = facts[name];
  if (known !== undefined && known !== value)
    throw new Problem(
      `This installation was begun with ${variable}=${String(known)}, not ${String(value)}. Leave ${variable} out, or start anew with --fresh.`,
    );
}
