import { events, topicOf } from '#contracts';
import { connectLog } from '#stream';
import { readConfig, say } from './child.ts';

/** The measure: a bare consumer of the same client that parses each event's JSON and nothing else. */
const { brokers, prefix, expected } = readConfig();
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const log = await connectLog({ brokers, clientId: 'bench-raw' }, logger);
let started = 0;
let records = 0;
let bytes = 0;
const tail = await log.tail(topicOf(prefix, events), { from: 'beginning' }, (_partition, batch) => {
  started ||= performance.now();
  for (const { value, headers } of batch) {
    if (headers['hito-control'] !== undefined) continue;
    bytes += JSON.stringify((JSON.parse(String(value)) as { at: string }).at).length;
    records++;
  }
});
while (records < expected) await new Promise((resolve) => setTimeout(resolve, 5));
say({ records, ms: performance.now() - started, cpuMs: cpu(), bytes, rssBytes: process.memoryUsage().rss });
await tail.stop();
await log.close();

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
