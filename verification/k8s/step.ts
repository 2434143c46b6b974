import type { Cluster } from './cluster.ts';
import type { Desk } from './desk.ts';

/** What the steps share. */
export interface Stage {
  readonly cluster: Cluster;
  readonly desk: Desk;
  /** The image under trial, `repository:tag`; the nodes have it. */
  readonly image: string;
  /** An older image that is installed first, so that the upgrade is one of versions too; the same one if none is given. */
  readonly before: string;
  /** An image with a raised version of stored states, if one is given. */
  readonly newer: string | undefined;
  readonly inbox: string;
  readonly peoplePerSecond: number;
  /** Pods of each service from the upgrade on. */
  readonly replicas: number;
  /** How long pods die. */
  readonly minutes: number;
  readonly say: (line: string) => void;
}

/** One part of the story. They run in their order, each on what the former has left. */
export interface Step {
  readonly name: string;
  /** Gives what does not hold, one line each; empty if all is well. */
  run(stage: Stage): Promise<readonly string[]>;
}

/** Seconds that something takes. */
export async function secondsOf(what: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await what();
  return (performance.now() - started) / 1_000;
}
