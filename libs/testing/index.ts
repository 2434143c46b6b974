export { diary, known, naps, pings, router, sleeper, toys, whoId, writer } from './toy.ts';
export { longHistory, replayRecords, toyEnd, toyResult, toyStart, type History } from './toy-replay.ts';
export { MemoryLog } from './memory-log.ts';
export { MemoryStore } from './memory-store.ts';
export { silent, topology, Topology, until, type Described, type TopologyOptions } from './topology.ts';
