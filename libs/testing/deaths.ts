import { onFailPoint } from '#stream';
import type { Topology } from './topology.ts';

/** Where a process dies: when it passes this point so many times. */
export interface Death {
  readonly point: string;
  readonly pass: number;
}

/** Dies at the nth commit, just behind it. */
export const afterCommits = (commits: readonly number[]): Death[] => commits.map((pass) => ({ point: 'after-commit', pass }));

/**
 * Lets a flow die again and again, and starts it anew each time; gives the last one, which lives. A process that has died does nothing more;
 * one that does not come to its death within `withinMs` is killed where it stands.
 */
export async function survivor(
  flow: Topology,
  deaths: readonly Death[],
  run: () => Promise<Topology>,
  withinMs = 3,
): Promise<Topology> {
  let living = flow;
  try {
    for (const { point, pass } of deaths) {
      let left = pass;
      onFailPoint((name) => {
        if (left <= 0 || (name === point && --left <= 0)) throw new Error('dead');
      });
      await new Promise((resolve) => setTimeout(resolve, withinMs));
      await living.kill();
      onFailPoint(undefined);
      living = await run();
    }
  } finally {
    onFailPoint(undefined);
  }
  return living;
}
