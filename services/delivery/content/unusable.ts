/** Thrown while a mail is made and caught by `render` alone: a value is absent or cannot be printed exactly. */
export class Unusable extends Error {
  /** Dotted path of the value, or what was wanted of it. */
  readonly path: string;
  constructor(path: string) {
    super(`cannot be printed: ${path}`);
    this.path = path;
  }
}

/** A value leads where nobody has allowed values to lead. */
export class Elsewhere extends Unusable {
  constructor(path: string, to: string) {
    super(`${path} (leads to ${to}, which links.hosts in the playbook does not name; add it there if it is yours)`);
  }
}
