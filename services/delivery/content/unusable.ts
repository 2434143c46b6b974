/** Thrown while a mail is made and caught by `render` alone: a value is absent or cannot be printed exactly. */
export class Unusable extends Error {
  /** Dotted path of the value, or what was wanted of it. */
  readonly path: string;
  constructor(path: string) {
    super(`cannot be printed: ${path}`);
    this.path = path;
  }
}
