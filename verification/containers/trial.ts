/** One thing that the containers must show. */
export interface Trial {
  /** A word; `npm run verify:containers -- WORD` picks by a part of it. */
  readonly name: string;
  /** Reports what it sees, and gives what does not hold, one line each; empty if all is well. */
  run(say: (line: string) => void): Promise<readonly string[]>;
}
