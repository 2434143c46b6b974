import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { cleanerOf, createLogger, Ending, EnvironmentError, kafkaOptions, readEnvironment, variable, whole } from '#platform';
import { connectLog } from '#stream/runtime';
import { OtherReplay, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { replay } from './client.ts';
import { HistoryError, parseHistory } from './history.ts';
import { clockRecords } from './records.ts';
import { callCount, schedule } from './schedule.ts';

const variables = {
  HITO_HISTORY: variable(z.string(), { description: 'to replay: a file of orders', example: 'examples/cdnow/cdnow_sample.txt' }),
  HITO_UNTIL: variable(z.iso.date({ error: 'a date, yyyy-mm-dd' }), {
    description: 'as the day on which the history ends',
    example: '2026-01-31',
  }),
  HITO_REPLAY_STATE: variable(z.string(), {
    description: 'to carry on after an interruption: a file of its own',
    example: '.hito/replay.json',
  }),
  HITO_REPLAY_TICK_MS: variable(whole(1, 86_400_000).default(900_000), {
    description: 'as length of a tick, virtual ms',
    example: '900000',
  }),
  HITO_REPLAY_AHEAD_CALLS: variable(whole(1, 10_000_000).default(20_000), {
    description: 'as the most calls under way',
    example: '20000',
  }),
  HITO_REPLAY_AHEAD_TICKS: variable(whole(1, 1_000_000).default(64), {
    description: 'as the most ticks under way',
    example: '64',
  }),
};

/** `node main.js` replays HITO_HISTORY and ends when all of it has come back; `node main.js live` makes the clock live. */
async function main(argument: string | undefined): Promise<void> {
  if (argument === 'live') return goLive();
  const env = readEnvironment('the replayer', variables);
  const text = readFileSync(env.HITO_HISTORY, 'utf8');
  const orders = parseHistory(text, env.HITO_HISTORY);
  const history = createHash('sha256')
    .update(`${String(env.HITO_REPLAY_TICK_MS)}\n${text}`)
    .digest('hex');
  const checkpoint = readCheckpoint(env.HITO_REPLAY_STATE, history, env.HITO_UNTIL);
  if (checkpoint.done) return;

  const logger = await createLogger('replayer', env);
  ending.knows(cleanerOf(env), logger);
  const log = await connectLog(kafkaOptions(env, `${env.HITO_PREFIX}.replayer`), logger);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      stop.abort();
    });
  try {
    await replay({
      log,
      target: { prefix: env.HITO_PREFIX, partitions: env.HITO_PARTITIONS },
      ticks: schedule(orders, { until: Date.parse(env.HITO_UNTIL), tickMs: env.HITO_REPLAY_TICK_MS }),
      total: callCount(orders),
      ahead: { calls: env.HITO_REPLAY_AHEAD_CALLS, ticks: env.HITO_REPLAY_AHEAD_TICKS },
      checkpoint,
      save: (state) => {
        writeCheckpoint(env.HITO_REPLAY_STATE, state);
      },
      progress: (progress) => {
        process.stdout.write(`${JSON.stringify(progress)}\n`);
      },
      logger,
      signal: stop.signal,
    });
  } finally {
    await log.close();
  }
}

/** May be repeated: a clock that is live stays live. */
async function goLive(): Promise<void> {
  const env = readEnvironment('the replayer', {});
  const log = await connectLog(kafkaOptions(env, `${env.HITO_PREFIX}.replayer`), await createLogger('replayer', env));
  try {
    await log.produce(clockRecords({ clock: 'live' }, { prefix: env.HITO_PREFIX, partitions: env.HITO_PARTITIONS }));
  } finally {
    await log.close();
  }
}

const ending = new Ending('the replayer', process.env);
ending.watch();
try {
  await main(process.argv[2]);
} catch (error) {
  const told = error instanceof EnvironmentError || error instanceof HistoryError || error instanceof OtherReplay;
  const text = told ? error.message : ending.cleaned(`the replay failed: ${(error as Error).stack ?? String(error)}`);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
