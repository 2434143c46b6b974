/** Templates that cannot be used: one line per problem, with its file and what to do. */
export class TemplateError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
