import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, type Latency } from './figures.ts';
import { untilThrough, type Platform } from './platform.ts';
import { people, visitors } from './throughput.ts';
import { identifies, post, postAll, take, visits } from './traffic.ts';

const transactionalPerSecond = 5;
const warmUpMs = 3_000;
const tickMs = 100;
const patienceMs = 60_000;

interface Received {
  readonly to: readonly string[];
  readonly received_at: string;
}

/** When each mail came to the inbox, epoch ms, by recipient. */
async function arrivals({ inbox }: Platform): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let page = 1; ; page++) {
    const { mails } = (await (await fetch(`${inbox}api/mails?to=reset-&page=${String(page)}`)).json()) as { mails: Received[] };
    for (const { to, received_at } of mails) found.set(to[0] ?? '', Date.parse(received_at));
    if (mails.length < 1_000) return found;
  }
}

/** Posts at an even rate whatever the answers take, until `over`; resolves with the number of events that were taken. */
async function background(platform: Platform, perSecond: number, over: () => boolean): Promise<number> {
  const calls = visits(visitors, people, 'background');
  const posts: Promise<void>[] = [];
  let sent = 0;
  for (const from = performance.now(); !over(); await sleep(tickMs)) {
    const due = Math.floor(((performance.now() - from) * perSecond) / 1_000) - sent;
    if (due === 0) continue;
    sent += due;
    const posted = post(platform, take(calls, due));
    posted.catch(() => undefined); // awaited below
    posts.push(posted);
  }
  await Promise.all(posts);
  return sent;
}

/** (c): mails whose events are transactional, beside other traffic: from just before the POST to the inbox' stamp. */
export async function latency(
  platform: Platform,
  perSecond: number,
  seconds: number,
  say: (line: string) => void,
): Promise<Latency> {
  const count = seconds * transactionalPerSecond;
  await postAll(platform, identifies('reset', count).values(), count);
  await untilThrough(platform, Date.now(), (text) => {
    say(`  ${text}`);
  });
  let over = false;
  const from = performance.now();
  const others = background(platform, perSecond, () => over);
  await sleep(warmUpMs);
  const postedAt = new Map<string, number>();
  const posts: Promise<void>[] = [];
  for (const first = performance.now(); postedAt.size < count;) {
    const n = postedAt.size;
    await sleep(Math.max(0, first + (n * 1_000) / transactionalPerSecond - performance.now()));
    postedAt.set(`reset-${String(n)}@shop.example`, Date.now());
    posts.push(
      post(platform, [
        {
          type: 'track',
          messageId: `ask-${String(n)}`,
          userId: `reset-${String(n)}`,
          event: 'Password Reset Requested',
          properties: { reset_url: `https://shop.example/reset/${String(n)}` },
        },
      ]),
    );
  }
  over = true;
  const sent = await others;
  const ms = performance.now() - from;
  await Promise.all(posts);
  let came = await arrivals(platform);
  for (const until = performance.now() + patienceMs; came.size < count; came = await arrivals(platform)) {
    if (performance.now() > until)
      throw new Error(
        `Of ${String(count)} transactional mails ${String(came.size)} came within ${String(patienceMs / 1_000)} s.`,
      );
    await sleep(250);
  }
  const waits = [...postedAt].map(([to, at]) => (came.get(to) ?? NaN) - at);
  return {
    wantedPerSecond: perSecond,
    backgroundPerSecond: sent / (ms / 1_000),
    seconds,
    mails: count,
    p50: percentile(waits, 50),
    p99: percentile(waits, 99),
    max: Math.max(...waits),
  };
}
