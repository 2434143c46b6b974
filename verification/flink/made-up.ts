import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomes, stages, topicOf } from '#contracts';
import { controlHeader, watermarkRecord, type Log, type Topics } from '#stream';
import { Kpis, kills } from './flink.ts';

const plays = ['welcome', 'winback', 'birthday'];
const names = ['prospect', 'active', 'lapsed', 'gone'];

/** Records `from` to `to`, the same for the same numbers, and what they count. Every third one lies on the log twice. */
function written(from: number, to: number) {
  const values = Array.from({ length: to - from }, (_, i) => from + i);
  return values.map((n) => ({
    twice: n % 3 === 0,
    outcome: {
      id: `o-${String(n)}`,
      message_id: `m-${String(n)}`,
      play: plays[n % plays.length] ?? '',
      outcome: ['accepted', 'opened', 'clicked', 'bounced'][n % 4] ?? '',
      ...(n % 4 === 1 || n % 4 === 2 ? { verdict: n % 5 === 0 ? 'bot' : 'human' } : {}),
    },
    stage: {
      id: `s-${String(n)}`,
      from: names[n % 4] ?? '',
      to: names[(n * 7 + 2) % 4] ?? '',
      evidence: (n * 7 + 2) % 4 >= 2 ? { quiet_ms: 90 } : {},
    },
  }));
}
type Written = ReturnType<typeof written>;

function expected(all: Written): Record<string, object> {
  const silent = new Set(all.flatMap(({ stage }) => ('quiet_ms' in stage.evidence ? [stage.to] : [])));
  const moves = (into: boolean) =>
    all.filter(({ stage: { from, to } }) => silent.has(into ? to : from) && !silent.has(into ? from : to)).length;
  const count = (play: string, word: string) =>
    all.filter(
      ({ outcome: one }) => one.play === play && one.outcome === word && (word === 'accepted' || one.verdict === 'human'),
    ).length;
  return {
    ...Object.fromEntries(
      plays.map((play) => [
        play,
        { play, accepted: count(play, 'accepted'), opened: count(play, 'opened'), clicked: count(play, 'clicked') },
      ]),
    ),
    all: { name: 'all', churned: moves(true), returned: moves(false) },
  };
}

/** Outcomes and stages that are written while the TaskManager dies, some of them twice: their KPIs are known. */
export async function madeUp(log: Log & Topics, broker: string): Promise<boolean> {
  const prefix = `flink${randomBytes(3).toString('hex')}`;
  const inputs = [outcomes, stages].map((contract) => topicOf(prefix, contract));
  await log.createTopics(inputs.map((topic) => ({ topic, partitions: 3, replication: 1, config: {} })));
  const kpis = await Kpis.start(log, broker, prefix);
  try {
    const all: Written = [];
    const write = async (): Promise<void> => {
      const more = written(all.length, all.length + 500);
      all.push(...more);
      const mark = watermarkRecord({ origin: 'x', at: Date.now(), clock: 'live' });
      const records = more.flatMap(({ twice, outcome, stage }, n) =>
        [outcome, stage].flatMap((value, which) => {
          const record = { topic: inputs[which] ?? '', partition: n % 3, key: value.id, value: JSON.stringify(value) };
          return twice ? [record, record] : [record];
        }),
      );
      await log.produce([
        ...records,
        ...inputs.map((topic) => ({ topic, partition: 0, ...mark, headers: { [controlHeader]: 'watermark' } })),
      ]);
    };
    for (let n = 1; n <= kills; n += 1) {
      await write();
      await kpis.kill();
      process.stdout.write(`kill ${String(n)} of ${String(kills)}\n`);
      await write();
    }
    const right = JSON.stringify(expected(all), null, 1);
    let now = '';
    for (const end = Date.now() + 120_000; Date.now() < end && now !== right; await sleep(1_000)) {
      now = JSON.stringify(Object.fromEntries([...plays, 'all'].map((name) => [name, kpis.rows[name]])), null, 1);
    }
    process.stdout.write(`${String(all.length)} outcomes and stages, each third one twice: ${now}\n`);
    if (now !== right) process.stderr.write(`They must be ${right}\n${kpis.said()}\n`);
    return now === right;
  } finally {
    await kpis.stop();
  }
}
