import { setTimeout as sleep } from 'node:timers/promises';
import { machineCpuMs, readings } from './cpu.ts';
import type { Share, Throughput } from './figures.ts';
import { untilThrough, type Platform } from './platform.ts';
import { identifies, postAll, visits } from './traffic.ts';

export const people = 5_000;
/** Whose events the bench posts; (c) goes on with them. */
export const visitors = 'visitor';

const settlePatienceMs = 600_000;

/** Waits until no mail is to be sent any more; says how many were accepted. */
async function untilSent(platform: Platform): Promise<number> {
  for (const from = performance.now(); ; await sleep(250)) {
    const { open, accepted } = await platform.mails();
    if (open === 0) return accepted;
    if (performance.now() - from > settlePatienceMs)
      throw new Error(`${String(open)} mails were not sent within ${String(settlePatienceMs / 1_000)} s.`);
  }
}

/** (b): posts events as fast as the edge takes them, until all six services are through; counts CPU until the last mail is out. */
export async function throughput(platform: Platform, events: number, say: (line: string) => void): Promise<Throughput> {
  const progress = (text: string): void => {
    say(`  ${text}`);
  };
  await postAll(platform, identifies(visitors, people).values(), people);
  // Warm code, as in a service that has run for a while.
  await postAll(platform, visits(visitors, people, 'warm'), Math.ceil(events / 10));
  await untilThrough(platform, Date.now(), progress);
  const mailsBefore = await untilSent(platform);
  say(`  ${String(people)} people are known, the code is warm; ${String(events)} events begin`);

  const pids = platform.pids();
  const before = readings(pids);
  const [ownBefore, machineBefore, from] = [process.cpuUsage(), machineCpuMs(), performance.now()];
  await postAll(platform, visits(visitors, people, 'bench'), events);
  const postedMs = performance.now() - from;
  const { takenAt, passedAt } = await untilThrough(platform, Date.now(), progress);
  say(`  through after ${((passedAt - from) / 1_000).toFixed(1)} s; the last mails`);
  const mails = (await untilSent(platform)) - mailsBefore;
  const settledMs = performance.now() - from;
  const after = readings(pids);
  const machine = machineCpuMs() - machineBefore;
  const own = process.cpuUsage(ownBefore);
  const shares = [...after].map(([name, { cpuMs, rssBytes }]): Share => ({
    process: name,
    cpuMs: cpuMs - (before.get(name)?.cpuMs ?? 0),
    rssBytes,
  }));
  const client = { process: 'bench (the client)', cpuMs: (own.user + own.system) / 1_000, rssBytes: process.memoryUsage().rss };
  return {
    events,
    people,
    mails,
    postedMs,
    takenMs: takenAt - from,
    ms: passedAt - from,
    settledMs,
    shares: [...shares, client],
    machineCpuMs: machine,
  };
}
