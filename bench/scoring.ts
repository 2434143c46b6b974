import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { loadPlaybook } from '#playbook';
import { runtimeSchema, stateSchema } from '#stream';
import { startRuntime } from '#stream/runtime';
import { rulesOf } from '../services/scoring/domain/rules.ts';
import { scoringProcessor } from '../services/scoring/scoring.processor.ts';
import { readConfig, say } from './child.ts';
import { end } from './fill.ts';

/** The scoring processor as in production, on the same topic: parse, check, fold, state, outbox, cursor, publish. */
const { brokers, databaseUrl, prefix, partitions, expected } = readConfig();
const schema = `bench_${prefix}`;
const admin = new pg.Client({ connectionString: databaseUrl });
await admin.connect();
await admin.query(
  `drop schema if exists ${schema} cascade; create schema ${schema}; set search_path to ${schema}; ${runtimeSchema} ${stateSchema('scoring')}`,
);
await admin.end();
const url = new URL(databaseUrl);
url.searchParams.set('options', `-c search_path=${schema}`);
const playbook = loadPlaybook(
  process.env['HITO_PLAYBOOK'] ?? fileURLToPath(new URL('../../examples/shop/playbook.yaml', import.meta.url)),
);
const logger = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
const runtime = await startRuntime({
  service: 'scoring',
  prefix,
  partitions,
  logger,
  kafka: { brokers, clientId: 'bench-scoring' },
  databaseUrl: url.href,
  processors: [{ processor: scoringProcessor, rules: rulesOf(playbook), rulesVersion: playbook.version }],
});
let started = 0;
let transactions = 0;
let busyMs = 0;
runtime.onTransaction(({ durationMs, records }) => {
  if (records > 0) started ||= performance.now() - durationMs;
  transactions++;
  busyMs += durationMs;
});
const reached = (): boolean => {
  const tasks = runtime.status();
  return tasks.length === partitions && tasks.every(({ watermark }) => watermark !== undefined && watermark >= end);
};
while (!reached()) await new Promise((resolve) => setTimeout(resolve, 5));
const ms = performance.now() - started;
const records = runtime.status().reduce((sum, { taken }) => sum + taken, 0);
const { user, system } = process.cpuUsage();
say({ records, expected, ms, transactions, busyMs, cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage().rss });
await runtime.stop();
