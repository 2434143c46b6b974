import type { Tool } from '../tools.ts';

/** One thing that must hold of the files that operators use. */
export interface Check {
  /** A word; `npm run check:ops -- WORD` picks by a part of it. */
  readonly name: string;
  /** The programs it calls. If one is missing on this machine, the check is skipped, and its line names the program. */
  readonly needs: readonly Tool[];
  /** The problems, each with its file and what to do; empty if all is well. A throw counts as a problem. */
  run(): Promise<readonly string[]>;
}
