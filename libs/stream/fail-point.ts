/**
 * Points at which a test may kill the process: HITO_FAILPOINTS="after-publish:3,before-commit" dies at the third pass of the
 * first and the first pass of the second. Unset, it costs a comparison.
 */
const armed = new Map<string, number>(
  (process.env['HITO_FAILPOINTS'] ?? '')
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [name = '', pass = '1'] = entry.split(':');
      return [name, Number(pass)] as const;
    }),
);

let listener: ((name: string) => void) | undefined;

/** In-process tests listen instead of dying; a listener that throws stands for the process' death. */
export function onFailPoint(next: ((name: string) => void) | undefined): void {
  listener = next;
}

/** Marks a place at which a process may die. */
export function failPoint(name: string): void {
  listener?.(name);
  if (armed.size === 0) return;
  const left = armed.get(name);
  if (left === undefined) return;
  if (left > 1) armed.set(name, left - 1);
  else process.kill(process.pid, 'SIGKILL');
}
