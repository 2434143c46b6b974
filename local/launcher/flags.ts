import { parseArgs } from 'node:util';
import { Problem } from './problem.ts';

export interface Flags {
  /** End after the summary; exit code 1 when it does not hold. */
  readonly once: boolean;
  /** Delete what the local start itself made, first. */
  readonly fresh: boolean;
  readonly history: string | undefined;
  /** yyyy-mm-dd, the day on which the history ends. */
  readonly until: string | undefined;
  readonly playbook: string | undefined;
  readonly replay: boolean;
  readonly help: boolean;
}

export const usage = `npm start -- [--once] [--fresh] [--history FILE] [--until yyyy-mm-dd] [--playbook FILE] [--no-replay]
  --once            end after the summary
  --fresh           delete what an earlier start made, then start anew
  --history FILE    replay this file of orders (customer, [id,] date, quantity, dollars)
  --until DATE      the day on which the history ends (default: yesterday, UTC)
  --playbook FILE   take these rules (default: examples/shop/playbook.yaml)
  --no-replay       start without a history
  --help            show this`;

/** Yesterday in UTC: the latest day on which a history may end, for its clock runs to the midnight after it. */
export const yesterday = (now: number): string => new Date(now - 86_400_000).toISOString().slice(0, 10);

/** Reads the flags. Throws Problem with the usage. */
export function readFlags(args: readonly string[], now: number): Flags {
  const values = parsed(args);
  if (values.until !== undefined) checkDay(values.until, now);
  return {
    once: values.once ?? false,
    fresh: values.fresh ?? false,
    history: values.history,
    until: values.until,
    playbook: values.playbook,
    replay: !(values['no-replay'] ?? false),
    help: values.help ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean' },
        fresh: { type: 'boolean' },
        history: { type: 'string' },
        until: { type: 'string' },
        playbook: { type: 'string' },
        'no-replay': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new Problem(`${(error as Error).message}\n\n${usage}`);
  }
}

function checkDay(day: string, now: number): void {
  const instant = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== day)
    throw new Problem(`--until ${day} is no date. Give yyyy-mm-dd, such as ${yesterday(now)}.`);
  if (day > yesterday(now))
    throw new Problem(`--until ${day} is too late: a history cannot end after yesterday. Give ${yesterday(now)} or earlier.`);
}
