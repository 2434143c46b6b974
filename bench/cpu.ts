import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process' CPU up to now and its memory. */
export interface Reading {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const tickMs = 10;
const onLinux = existsSync('/proc/self/stat');

interface Row extends Reading {
  readonly pid: number;
  readonly parent: number;
}

/** [[dd-]hh:]mm:ss[.cc], as `ps` prints CPU time. */
function msOf(time: string): number {
  const [rest = '', days = '0'] = time.split('-').reverse();
  return (Number(days) * 86_400 + rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)) * 1_000;
}

/** All processes of the machine: on Linux CPU in ticks, ended children included; elsewhere what `ps` knows. */
const rows = (): Row[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,time='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [pid = '', parent = '', rss = '', time = ''] = line.trim().split(/\s+/);
      return {
        pid: Number(pid),
        parent: Number(parent),
        rssBytes: Number(rss) * 1_024,
        cpuMs: (onLinux ? ticksOf(pid) : undefined) ?? msOf(time),
      };
    });

/** User and system time of a process and of those of its children that have ended; undefined when it is gone. */
function ticksOf(pid: string): number | undefined {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return undefined;
  try {
    const fields = readFileSync(file, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) * tickMs;
  } catch {
    return undefined;
  }
}

/** Each process with its descendants (Postgres serves every connection by one), but for those that have a name of their own. */
export function readings(pids: ReadonlyMap<string, number>): Map<string, Reading> {
  const all = rows();
  const named = new Set(pids.values());
  const withChildren = (pid: number): Row[] =>
    all
      .filter((row) => row.pid === pid)
      .concat(
        all.filter(({ parent, pid: child }) => parent === pid && !named.has(child)).flatMap((row) => withChildren(row.pid)),
      );
  return new Map(
    [...pids].map(([name, pid]) => {
      const family = withChildren(pid);
      // Postgres' processes share their buffers: the largest stands for the memory, not the sum.
      return [
        name,
        {
          cpuMs: family.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
          rssBytes: family.reduce((largest, { rssBytes }) => Math.max(largest, rssBytes), 0),
        },
      ];
    }),
  );
}

/** CPU that the whole machine has used since its start, ms; 0 where that is not known. */
export function machineCpuMs(): number {
  if (!onLinux) return 0;
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = fields.map(Number);
  return (user + nice + system + irq + softirq) * tickMs;
}
