/**
 * `npm run verify:flink [-- TRIAL …]`: runs deploy/flink/kpis.sql on a Flink of two processes whose TaskManager is killed ten times. Trials:
 * `made-up` compares the KPIs with records whose counts are known, `replayed` with /metrics of a platform that replays a part of the example.
 */
import { parseArgs } from 'node:util';
import { connectLog } from '#stream/runtime';
import { servers, silent } from '#testing';
import { canTry, type Tool } from '../tools.ts';
import { madeUp } from './made-up.ts';
import { replayed } from './replayed.ts';

const needs: readonly Tool[] = [
  { command: 'java', install: 'Java 17' },
  { command: 'mvn', install: 'apt-get install maven' },
];
const trials = { 'made-up': madeUp, replayed };

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean', default: false } }, allowPositionals: true });
const chosen = Object.entries(trials).filter(([name]) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0) {
  process.stderr.write(`No trial has that name. There are: ${Object.keys(trials).join(', ')}\n`);
  process.exit(2);
}
if (!canTry('verify:flink', needs, values.all)) process.exit();

const { broker } = servers();
const log = await connectLog({ brokers: [broker], clientId: 'verify-flink' }, silent);
let held = 0;
for (const [name, trial] of chosen) {
  process.stdout.write(`${name}:\n`);
  if (await trial(log, broker)) held += 1;
  else process.stdout.write('DOES NOT HOLD\n');
}
await log.close();
process.stdout.write(`${String(held)} held, ${String(chosen.length - held)} did not\n`);
process.exitCode = held === chosen.length ? 0 : 1;
