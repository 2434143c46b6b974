import { afterEach, describe, expect, test } from '@jest/globals';
import { difference, inMemory, kafkaProxy, longHistory, servers, ToyCluster, until, type Proxy } from '#testing';

// Enough for outbox rows that go out in several sends.
const history = longHistory(8_000, 60);
const partitions = 2;
const toys = 3;
const tasks = toys * partitions;
const opened: { readonly cluster: ToyCluster; readonly broker: Proxy }[] = [];

interface Freeze {
  readonly point: string;
  /** Everything published again by the next owner, at the least. */
  readonly repeats: number;
  /** The connection is cut when it joins its groups again. */
  readonly cutJoins?: true;
}

/** Cuts the first connection on which a process asks to join each of its groups: kafkajs then fetches on without being a member. */
function cutFirstJoins(broker: Proxy, clientId: string): ReadonlySet<string> {
  const joinGroup = 11;
  const cut = new Set<string>();
  broker.cutAfter = (bytes) => {
    if (bytes.length < 14 || bytes.readInt16BE(4) !== joinGroup || !bytes.includes(clientId)) return false;
    const body = 14 + bytes.readInt16BE(12);
    const group = bytes.toString('utf8', body + 2, body + 2 + bytes.readInt16BE(body));
    if (cut.has(group)) return false;
    cut.add(group);
    return true;
  };
  return cut;
}

/**
 * One process that freezes at a point until another has taken its partitions and done all there was to do; then it wakes, with what it
 * was about to do still in hand.
 */
async function frozen({ point, repeats, cutJoins }: Freeze, expected: readonly string[]): Promise<void> {
  const broker = await kafkaProxy(servers().broker);
  const cluster = new ToyCluster(partitions);
  opened.push({ cluster, broker });
  await cluster.start({ brokerPort: broker.port });
  await cluster.replay(history);
  const first = cluster.spawn(point === 'sent' ? {} : { HITO_FAILPOINTS: `${point}:stop` });
  const told = (): string => `${point} ${JSON.stringify(cluster.processes.map((process) => [process.status(), process.errors]))}`;
  if (point === 'sent') {
    // Frozen while its records are on their way to the broker: the acknowledgement reaches one who sleeps. Requests with marks only do not count.
    broker.cutAfter = (bytes) => {
      if (bytes.includes('"cause"')) first.child.kill('SIGSTOP');
      return false;
    };
  }
  await until(() => first.frozen(), told);
  broker.cutAfter = undefined;
  const second = cluster.spawn();
  await until(() => second.status()?.tasks.length === tasks, told);
  await cluster.reached();
  const alone = (await cluster.said()).result;
  const joins = cutJoins && cutFirstJoins(broker, `toy-${String(first.child.pid)}`);
  first.child.kill('SIGCONT');
  // It has seen that others own its partitions now when it has joined them anew.
  await until(() => first.status()?.notReady === null && second.status()?.tasks.length === tasks / 2, told);
  expect(joins?.size ?? toys).toBe(toys);
  await cluster.reached();
  const after = await cluster.said();
  expect([point, difference(alone, expected), difference(after.result, expected)]).toEqual([point, 'none', 'none']);
  expect(after.repeats).toBeGreaterThanOrEqual(repeats);
  expect(await cluster.query('select 1 from task where stopped is not null')).toEqual([]);
  expect(await cluster.query("select sum(count)::int as naps from tally where name = 'naps'")).toEqual([
    { naps: after.result.filter((line) => line.startsWith('naps')).length },
  ]);
}

describe('an owner frozen past its session', () => {
  afterEach(async () => {
    await Promise.all(
      opened.splice(0).map(async ({ cluster, broker }) => {
        await cluster.stop();
        await broker.close();
      }),
    );
  });

  test('in the middle of publishing or committing wakes after its partitions moved: it is fenced, and nothing is twice', async () => {
    const expected = await inMemory(history, partitions);
    for (const pair of [
      [
        // Between two sends of one outbox row: the first has been acknowledged, the second comes when it wakes.
        { point: 'between-sends:1', repeats: 2_000 },
        // A send has left and its acknowledgement is not there yet.
        { point: 'sent', repeats: 1 },
      ],
      [
        { point: 'after-publish:4', repeats: 1 },
        { point: 'before-commit:4', repeats: 0, cutJoins: true },
      ],
    ] as const)
      await Promise.all(pair.map((freeze) => frozen(freeze, expected)));
  });
});
