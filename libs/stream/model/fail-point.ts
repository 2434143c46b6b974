/**
 * Points at which a test may kill the process: HITO_FAILPOINTS="after-publish:3,before-commit" dies at the third pass of the
 * first and the first pass of the second; "before-commit:7:stop" freezes it there (SIGSTOP), once. Unset, it costs a comparison.
 */
const armed = new Map<string, { readonly pass: number; readonly signal: 'SIGKILL' | 'SIGSTOP' }>(
  (process.env['HITO_FAILPOINTS'] ?? '')
    .split(',')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [name = '', pass = '1', how] = entry.split(':');
      return [name, { pass: Number(pass), signal: how === 'stop' ? 'SIGSTOP' : 'SIGKILL' }] as const;
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
  const point = armed.get(name);
  if (point === undefined) return;
  if (point.pass > 1) {
    armed.set(name, { ...point, pass: point.pass - 1 });
    return;
  }
  armed.delete(name);
  process.kill(process.pid, point.signal);
}
