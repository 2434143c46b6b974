import {
  perSecond,
  type HotPath,
  type Latency,
  type Memory,
  type Pass,
  type Replay,
  type Results,
  type Share,
  type Throughput,
} from './figures.ts';
import type { Step } from './profile.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  /** Runnable processes before the bench began: what else the machine was doing. */
  readonly load: number;
}

const whole = (n: number): string => Math.round(n).toLocaleString('en');
const mb = (bytes: number): string => `${whole(bytes / 1e6)} MB`;
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const verdict = (kept: boolean): string => (kept ? 'kept' : '**missed**');

type Cells = readonly string[];
const line = (cells: Cells): string => `| ${cells.join(' | ')} |`;
const table = (head: Cells, rows: readonly Cells[]): string =>
  [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');

const passRow = (name: string, pass: Pass): Cells => [
  name,
  whole(perSecond(pass)),
  ((pass.cpuMs * 1_000) / pass.records).toFixed(1),
  mb(pass.rssBytes),
];

function stepsText(load: string, { records }: Pass, steps: readonly Step[]): string {
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  const row = (step: string, ms: number): Cells => [
    step,
    ((ms * 1_000) / records).toFixed(1),
    `${((100 * ms) / total).toFixed(0)} %`,
  ];
  const lever = steps.find(({ step }) => step !== 'garbage collection');
  return [
    `### CPU of the scoring process, step by step (${load})`,
    'The main thread under the profiler, from its start to its end, idleness left out.',
    table(['step', 'µs an event', 'share'], [...steps.map(({ step, ms }) => row(step, ms)), row('sum', total)]),
    lever === undefined ? '' : `The next lever: **${lever.step}**.`,
  ].join('\n\n');
}

const hotPathText = (loads: readonly HotPath[]): string =>
  [
    '## (a) The hot path',
    'kafkajs as it comes (`eachBatch` and `JSON.parse` of each event, nothing else), against the scoring processor on the same topic (parse, check, fold, state, outbox, cursor, publish), broker and database on the same cores. By turns, three times each: the medians.',
    table(
      ['load', 'events/s', 'µs CPU an event', 'memory'],
      loads.flatMap(({ load, raw, scoring }) => [passRow(`raw, ${load}`, raw), passRow(`scoring, ${load}`, scoring)]),
    ),
    loads
      .map(({ load, raw, scoring, ratios }) => {
        const ratio = perSecond(scoring) / perSecond(raw);
        return `Scoring is ${ratio.toFixed(2)} of raw (${load}; turn by turn ${ratios.map((one) => one.toFixed(2)).join(', ')}); floor 0.3: ${verdict(ratio >= 0.3)}.`;
      })
      .join('  \n'),
    ...loads.flatMap(({ load, scoring, steps }) => (steps === undefined ? [] : [stepsText(load, scoring, steps)])),
  ].join('\n\n');

/** The processes of (b) by their CPU, the largest first; the bench itself is no part of the platform. */
const ofPlatform = ({ shares }: Throughput): Share[] =>
  shares.filter(({ process }) => !process.startsWith('bench')).toSorted((x, y) => y.cpuMs - x.cpuMs);

function throughputText(b: Throughput): string {
  const steps = ofPlatform(b);
  const total = steps.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const client = b.shares.filter(({ process }) => process.startsWith('bench'));
  const clientMs = client.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const micros = (ms: number): string => ((ms * 1_000) / b.events).toFixed(0);
  const row = ({ process, cpuMs, rssBytes }: Share): Cells => [
    process,
    micros(cpuMs),
    `${((100 * cpuMs) / total).toFixed(1)} %`,
    mb(rssBytes),
  ];
  const rate = (b.events / b.ms) * 1_000;
  const [largest] = steps;
  const cover =
    b.machineCpuMs > 0
      ? ` Together with the bench’s own ${micros(clientMs)} µs that is ${((100 * (total + clientMs)) / b.machineCpuMs).toFixed(0)} % of all CPU that the machine used meanwhile.`
      : '';
  return [
    '## (b) Through all six services',
    `${whole(b.events)} events of ${whole(b.people)} people (60 % page views, 35 % product views, 5 % orders; people in all time zones), posted in batches of 200, 8 at once; ${whole(b.mails)} mails came of them.`,
    `**${whole(rate)} events/s** from the first POST until every task’s time had passed the last event’s arrival (goal 5,000 now: ${rate >= 5_000 ? 'reached' : '**not reached**'}; 10,000 later: ${rate >= 10_000 ? 'reached' : 'not reached'}).`,
    `The edge had taken all after ${seconds(b.postedMs)}, the last task its last record after ${seconds(b.takenMs)}, the last watermark had passed after ${seconds(b.ms)}, the last mail was out after ${seconds(b.settledMs)}.`,
    '### CPU of an event, step by step',
    table(['step (process)', 'µs an event', 'share', 'memory'], [...steps.map(row), ['sum', micros(total), '100 %', '']]),
    `Counted from the first POST to the last mail.${cover}`,
    largest === undefined
      ? ''
      : `The next lever: **${largest.process}**, with ${((100 * largest.cpuMs) / total).toFixed(0)} % of the platform’s CPU the largest share.`,
  ].join('\n\n');
}

const latencyText = (c: Latency): string =>
  [
    '## (c) From the event to its mail',
    `${whole(c.mails)} transactional events, 5 a second for ${String(c.seconds)} s, beside ${whole(c.backgroundPerSecond)} other events a second (half of (b): ${whole(c.wantedPerSecond)}); from just before the POST until the inbox had the mail’s bytes and wrote them.`,
    table(
      ['', 'ms'],
      [
        ['p50', whole(c.p50)],
        ['p99', whole(c.p99)],
        ['longest', whole(c.max)],
      ],
    ),
    `Goal: p99 < 1 s: ${c.p99 < 1_000 ? 'reached' : '**not reached**'}.`,
  ].join('\n\n');

function memoryText(d: Memory): string {
  const ratio = d.manyBytes / d.fewBytes;
  return [
    '## (d) Memory',
    'The scoring process after the load of (a), everyone alike.',
    table(
      ['people', 'memory'],
      [
        [whole(d.fewPeople), mb(d.fewBytes)],
        [whole(d.manyPeople), mb(d.manyBytes)],
      ],
    ),
    `${ratio.toFixed(2)} times as much (floor 1.2: ${verdict(ratio <= 1.2)}); ${mb(d.manyBytes)} a process (floor 400 MB: ${verdict(d.manyBytes < 400e6)}).`,
  ].join('\n\n');
}

function replayText(replays: readonly Replay[]): string {
  const floor = (r: Replay): number => (r.events > 20_000 ? 480_000 : 90_000);
  return [
    '## (e) The replay',
    'Eighteen months of orders through all six services, from the first event until every task is at the end and no mail is open.',
    table(
      ['history', 'events', 'mails', 'time', 'floor', ''],
      replays.map((r) => [
        r.history,
        whole(r.events),
        whole(r.mails),
        seconds(r.ms),
        seconds(floor(r)),
        `${verdict(r.ms < floor(r))}${r.accounted ? '' : ', **not all accounted for**'}`,
      ]),
    ),
    ...replays.flatMap((r) => (r.shares === undefined ? [] : [cpuText(r, r.shares)])),
  ].join('\n\n');
}

/** What each process used, start included. */
function cpuText({ history, events, mails }: Replay, shares: readonly Share[]): string {
  const total = shares.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  const per = (ms: number, n: number): string => (ms / Math.max(1, n)).toFixed(2);
  const row = (process: string, cpuMs: number, rssBytes?: number): Cells => [
    process,
    seconds(cpuMs),
    `${((100 * cpuMs) / total).toFixed(1)} %`,
    per(cpuMs, events),
    per(cpuMs, mails),
    rssBytes === undefined ? '' : mb(rssBytes),
  ];
  return [
    `### CPU of the replay of ${history}, by process`,
    'From the start of each process to its end, the loading of its modules included.',
    table(
      ['process', 'CPU', 'share', 'ms an event', 'ms a mail', 'memory'],
      [
        ...shares.toSorted((x, y) => y.cpuMs - x.cpuMs).map(({ process, cpuMs, rssBytes }) => row(process, cpuMs, rssBytes)),
        row('sum', total),
      ],
    ),
  ].join('\n\n');
}

/** The document: the machine, the date (yyyy-mm-dd), and each part that was measured beside its floor or goal. */
export function report({ figures, dates }: Results, machine: Machine, date: string): string {
  const { a, b, c, d, e, e10 } = figures;
  const replays = [e, e10].filter((replay) => replay !== undefined);
  const older = Object.entries(dates)
    .filter(([, day]) => day !== date)
    .map(([part, day]) => `(${part}) on ${day}`);
  return `${[
    '# Performance',
    'Written by `npm run bench`. Clients, broker, database and services share one machine: read the ratios within a run rather than the absolute figures.',
    table(
      ['machine', ''],
      [
        ['date', older.length > 0 ? `${date}; earlier: ${older.join(', ')}` : date],
        ['processor', `${machine.cpu}, ${String(machine.cores)} cores`],
        ['memory', `${(machine.memoryBytes / 1e9).toFixed(0)} GB`],
        ['system', machine.system],
        ['Node', machine.node],
        ['load before the start', machine.load.toFixed(1)],
      ],
    ),
    ...(a ? [hotPathText(a)] : []),
    ...(b ? [throughputText(b)] : []),
    ...(c ? [latencyText(c)] : []),
    ...(d ? [memoryText(d)] : []),
    ...(replays.length > 0 ? [replayText(replays)] : []),
  ].join('\n\n')}\n`;
}
