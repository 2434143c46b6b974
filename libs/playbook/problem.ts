/** Something wrong in a playbook: where (keys and list indexes from the top), what was expected. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A path as people write it: plays[3].on.milestone. */
export const pathText = (path: Problem['path']): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${String(step)}]` : text === '' ? step : `${text}.${step}`),
    '',
  );
