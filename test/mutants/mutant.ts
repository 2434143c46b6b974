/** A promise, the line that keeps it taken out, and the test that has to notice. */
export interface Mutant {
  readonly promise: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly test: string;
  /** Of the test's name; all of the file's where absent. */
  readonly name?: string;
}

export const stream = (file: string): string => `libs/stream/${file}`;
