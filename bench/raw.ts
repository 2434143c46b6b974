import kafkajs from 'kafkajs';
import { events, topicOf } from '#contracts';
import { readConfig, say } from './child.ts';

/** The measure: kafkajs as it comes, `eachBatch` and `JSON.parse` of each event and nothing else. */
const { brokers, prefix, expected } = readConfig();
const kafka = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'bench-raw', logLevel: kafkajs.logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `${prefix}.raw` });
let started = 0;
let records = 0;
let bytes = 0;
await consumer.connect();
await consumer.subscribe({ topics: [topicOf(prefix, events)], fromBeginning: true });
await consumer.run({
  autoCommit: false,
  eachBatch: ({ batch }) => {
    started ||= performance.now();
    for (const { value, headers } of batch.messages) {
      if (headers?.['hito-control'] !== undefined) continue;
      bytes += (JSON.parse(String(value)) as { at: string }).at.length;
      records++;
    }
    return Promise.resolve();
  },
});
while (records < expected) await new Promise((resolve) => setTimeout(resolve, 5));
const ms = performance.now() - started;
const { user, system } = process.cpuUsage();
say({ records, ms, cpuMs: (user + system) / 1_000, bytes, rssBytes: process.memoryUsage().rss });
await consumer.disconnect();
