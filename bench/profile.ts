import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** CPU of one step of the hot path, ms. */
export interface Step {
  readonly step: string;
  readonly ms: number;
}

/** Which step a frame of the stack belongs to: from the innermost frame outwards, the first that one of these knows. */
const steps: readonly (readonly [step: string, frame: RegExp])[] = [
  [
    'read and check the values (JSON.parse, compiled check)',
    /^read .*input-buffer|compiled-check|node_modules\/(zod|ajv)|^validate\d+ /,
  ],
  ['rules (points, conditions, decay)', /services\/scoring|libs\/playbook|cel-js/],
  ['states and outbox to Postgres (texts, driver)', /libs\/stream\/postgres|node_modules\/pg|^encodeOutbox/],
  [
    'encode and publish (places, records, kafkajs’ producer)',
    /kafkajs\/src\/(producer|protocol\/request\.js)|crc32C|libs\/stream\/(publisher|outbox|record-encoding|kafka\/produce)/,
  ],
  ['fetch and decode (kafkajs)', /kafkajs\/src\/consumer|requests\/fetch|fetch-decoder/],
  ['into the buffers', /libs\/stream\/(kafka\/subscribe|input-buffer|stream-buffer|control)/],
  ['fold (order, timers, ids, messages as JSON)', /libs\/stream\/fold|libs\/contracts|libs\/stream\/heap/],
  ['plan, cache, loop', /libs\/stream\//],
  ['sockets', /node:(net|internal\/stream|internal\/streams|events)|kafkajs\/src\/network|^writev|^writeBuffer|^writeUtf8String/],
  ['start (loading the modules)', /node:internal\/(modules|main|bootstrap)|node:vm|compileSourceTextModule/],
];

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A folder for `--cpu-prof-dir`; `steps` reads the one profile in it and removes it. */
export function profileFolder(): { readonly dir: string; steps(): Step[] } {
  const dir = mkdtempSync(join(tmpdir(), 'hito-profile-'));
  return {
    dir,
    steps() {
      const [file = ''] = readdirSync(dir);
      const profile = JSON.parse(readFileSync(join(dir, file), 'utf8')) as Profile;
      rmSync(dir, { recursive: true });
      return stepsOf(profile);
    },
  };
}

/** All that was not idle, by step, the largest first. */
export function stepsOf({ nodes, samples, timeDeltas }: Profile): Step[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const stepOf = (leaf: number): string => {
    for (let id: number | undefined = leaf; id !== undefined; id = parents.get(id)) {
      const { functionName = '', url = '' } = byId.get(id)?.callFrame ?? {};
      if (functionName === '(garbage collector)') return 'garbage collection';
      const known = steps.find(([, frame]) => frame.test(`${functionName} ${url}`));
      if (known !== undefined) return known[0];
    }
    return 'the rest of Node';
  };
  const known = new Map<number, string>();
  const ms = new Map<string, number>();
  samples.forEach((leaf, i) => {
    if (byId.get(leaf)?.callFrame.functionName === '(idle)') return;
    const step = known.get(leaf) ?? stepOf(leaf);
    known.set(leaf, step);
    ms.set(step, (ms.get(step) ?? 0) + (timeDeltas[i] ?? 0) / 1_000);
  });
  return [...ms].map(([step, spent]) => ({ step, ms: spent })).toSorted((a, b) => b.ms - a.ms);
}
