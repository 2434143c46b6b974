/** A step that several tests build on: done when the first of them asks, and never again. So each of them can run alone. */
export function once<Result>(step: () => Promise<Result>): () => Promise<Result> {
  let done: Promise<Result> | undefined;
  return () => (done ??= step());
}
