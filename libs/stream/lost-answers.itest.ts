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
    await cluster.reached(35_000);
    expect(database.cuts).toBeGreaterThanOrEqual(5);
    expect(difference((await cluster.said()).result, await inMemory(history, partitions))).toBe('none');
  }, 60_000);

  test('after a produce was forwarded to the broker: it is repeated, and the repeats are dropped', async () => {
    const { broker } = await through();
    cluster = await new ToyCluster(partitions).start({ brokerPort: broker.port });
    let n = 0;
    broker.cutAfter = (sent) => sent.length > 8 && sent.includes('hito-seq') && ++n % 5 === 0 && broker.cuts < 8;
    await cluster.replay(history);
    cluster.spawn({ TOY_BATCH: '40' });
    await cluster.reached(35_000);
    const { result, repeats } = await cluster.said();
    expect(broker.cuts).toBeGreaterThanOrEqual(5);
    expect(repeats).toBeGreaterThan(0);
    expect(difference(result, await inMemory(history, partitions))).toBe('none');
  }, 60_000);
});

describe('an outage', () => {
  afterEach(async () => {
    await cluster.stop();
    await Promise.all(proxies.map((proxy) => proxy.close()));
  });

  test('of the broker, of the database and of both: the process stays, readiness says so, and nothing is lost or doubled', async () => {
    const { database, broker } = await through();
    cluster = await new ToyCluster(partitions).start({ databasePort: database.port, brokerPort: broker.port });
    const toy = cluster.spawn({ TOY_BATCH: '40' });
    const ready = (expected: RegExp | null) =>
      until(
        () => {
          const status = toy.status();
          return status !== undefined && (expected === null ? status.notReady === null : expected.test(status.notReady ?? ''));
        },
        20_000,
        () => `expected ${String(expected)}: ${JSON.stringify(toy.status())} ${toy.errors.join('')}`,
      );
    await ready(null);
    await cluster.replay(history, 0, 400);
    for (const [part, outage] of [[broker], [database], [broker, database]].entries()) {
      for (const proxy of outage) proxy.away = true;
      await cluster.replay(history, 400 + part * 300, 700 + part * 300);
      await ready(outage.includes(database) ? /database|broker/ : /broker/);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      for (const proxy of outage) proxy.away = false;
      await ready(null);
    }
    await cluster.replay(history, 1_300);
    await cluster.reached(30_000);
    expect(toy.child.exitCode).toBeNull();
    expect(difference((await cluster.said()).result, await inMemory(history, partitions))).toBe('none');
  }, 90_000);
});
