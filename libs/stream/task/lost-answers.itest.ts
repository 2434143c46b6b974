import { afterEach, describe, expect, test } from '@jest/globals';
import { difference, inMemory, kafkaProxy, longHistory, servers, tcpProxy, ToyCluster, until, type Proxy } from '#testing';

const history = longHistory(1_500, 60);
const partitions = 2;
let cluster: ToyCluster;
let proxies: Proxy[] = [];

const through = async (): Promise<{ database: Proxy; broker: Proxy }> => {
  const url = new URL(servers().databaseUrl);
  const [database, broker] = await Promise.all([tcpProxy(url.hostname, Number(url.port)), kafkaProxy(servers().broker)]);
  proxies = [database, broker];
  return { database, broker };
};

describe('an answer that is lost', () => {
  afterEach(async () => {
    await cluster.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  test('after a commit was forwarded to the database: nothing twice, nothing lost', async () => {
    const { database } = await through();
    cluster = await new ToyCluster(partitions).start({ databasePort: database.port });
    let n = 0;
    // Every seventh commit, as long as there are cuts left: with both spellings, the statement and its repeated use.
    database.cutAfter = (sent) =>
      (sent.includes('with fence as') || sent.includes('commit-')) && ++n % 7 === 0 && database.cuts < 8;
    await cluster.replay(history);
    cluster.spawn({ TOY_BATCH: '40' });
    await cluster.reached();
    expect(database.cuts).toBeGreaterThanOrEqual(5);
    expect(difference((await cluster.said()).result, await inMemory(history, partitions))).toBe('none');
  });

  test('after a produce was forwarded to the broker: it is repeated, and the repeats are dropped', async () => {
    const { broker } = await through();
    cluster = await new ToyCluster(partitions).start({ brokerPort: broker.port });
    let n = 0;
    broker.cutAfter = (sent) => sent.length > 8 && sent.includes('hito-seq') && ++n % 5 === 0 && broker.cuts < 8;
    await cluster.replay(history);
    cluster.spawn({ TOY_BATCH: '40' });
    await cluster.reached();
    const { result, repeats } = await cluster.said();
    expect(broker.cuts).toBeGreaterThanOrEqual(5);
    expect(repeats).toBeGreaterThan(0);
    expect(difference(result, await inMemory(history, partitions))).toBe('none');
  });
});

describe('an outage of thirty seconds', () => {
  const outageMs = 30_000;
  const opened: { readonly cluster: ToyCluster; readonly proxies: readonly Proxy[] }[] = [];
  afterEach(async () => {
    await Promise.all(
      opened.splice(0).map(async ({ cluster: one, proxies: its }) => {
        await one.stop();
        await Promise.all(its.map((proxy) => proxy.close()));
      }),
    );
  });

  /** One process through an outage; meanwhile records go on coming, by a way of their own. */
  async function survives(away: 'broker' | 'database' | 'both'): Promise<string> {
    const { database, broker } = await through();
    const own = new ToyCluster(partitions);
    opened.push({ cluster: own, proxies: [database, broker] });
    await own.start({ databasePort: database.port, brokerPort: broker.port });
    const toy = own.spawn({ TOY_BATCH: '40' });
    const ready = (expected: RegExp | null) =>
      until(
        () => {
          const status = toy.status();
          return status !== undefined && (expected === null ? status.notReady === null : expected.test(status.notReady ?? ''));
        },
        () => `${away} away, expected ${String(expected)}: ${JSON.stringify(toy.status())} ${toy.errors.join('')}`,
      );
    await ready(null);
    await own.replay(history, 0, 500);
    const outage = { broker: [broker], database: [database], both: [broker, database] }[away];
    const over = Date.now() + outageMs;
    for (const proxy of outage) proxy.away = true;
    await own.replay(history, 500, 1_000);
    await ready(away === 'broker' ? /broker/ : /broker|database/);
    await new Promise((resolve) => setTimeout(resolve, over - Date.now()));
    // It says so behind the thirty seconds too: the process turns.
    await until(
      () => (toy.status()?.at ?? 0) >= over,
      () => `${away} away, said last: ${JSON.stringify(toy.status())}`,
    );
    expect(toy.status()?.notReady).toMatch(away === 'broker' ? /broker/ : /broker|database/);
    for (const proxy of outage) proxy.away = false;
    await ready(null);
    await own.replay(history, 1_000);
    await own.reached();
    expect([toy.child.exitCode, toy.child.signalCode]).toEqual([null, null]);
    return difference((await own.said()).result, await inMemory(history, partitions));
  }

  test('of the broker, of the database and of both: the process stays, readiness says so, and nothing is lost or doubled', async () => {
    expect(await Promise.all((['broker', 'database', 'both'] as const).map(survives))).toEqual(['none', 'none', 'none']);
  });
});
