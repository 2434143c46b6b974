import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same pid. */
export interface Identity {
  readonly pid: number;
  /** When it started, in the words of the operating system; only compared. */
  readonly started: string;
}

/** Field 22 of /proc/<pid>/stat (ticks since boot), counted behind the name, which may contain spaces; a zombie counts as gone. */
function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${bootId()}/${String(fields[19])}`;
  } catch {
    return undefined;
  }
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function startedElsewhere(pid: number): string | undefined {
  try {
    const answer = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    }).trim();
    const [state = '', ...started] = answer.split(/\s+/);
    return answer === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}

const hasProc = existsSync('/proc/self/stat');

/** When a running process started; undefined when there is none (or only its zombie). */
export const startedAt = (pid: number): string | undefined => (hasProc ? startedOnLinux(pid) : startedElsewhere(pid));

/** The identity of a process that runs now. */
export function identityOf(pid: number): Identity | undefined {
  const started = startedAt(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether this very process (not a later one with its pid) is alive. */
export const isAlive = ({ pid, started }: Identity): boolean => startedAt(pid) === started;
