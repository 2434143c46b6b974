export { diary, known, naps, pings, router, sleeper, toys, whoId, writer } from './toy.ts';
export { chores, errandTable, runner } from './toy-worker.ts';
export { kafkaProxy, tcpProxy, type Proxy } from './proxy.ts';
export { difference, inMemory, servers, ToyCluster, type ToyProcess } from './toy-cluster.ts';
export { longHistory, replayRecords, toyEnd, toyResult, toyStart, type History } from './toy-replay.ts';
export { once } from './once.ts';
export { MemoryLog } from './memory-log.ts';
export { MemoryStore } from './memory-store.ts';
export { silent, topology, Topology, until, type TopologyOptions } from './topology.ts';
