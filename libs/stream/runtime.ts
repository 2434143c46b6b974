/** What the platform, the tools and the tests need to run processors and workers; what their authors need is in `#stream`. */
export { Broadcast } from './input/broadcast.ts';
export { connectLog } from './kafka/connect.ts';
export { deleteTopics } from './kafka/delete-topics.ts';
export { topicReader, type Beginning, type Portion, type TopicReader } from './kafka/topic-reader.ts';
export type * from './model/store.ts';
export { decodeRecords } from './output/record-encoding.ts';
export { PostgresStore } from './postgres/store.ts';
export { follow } from './task/follow.ts';
export { fold } from './task/fold.ts';
export { Group, type GroupContext } from './task/group.ts';
export { lanesOf, Turns } from './task/lanes.ts';
export { Peers } from './task/peers.ts';
export { groupOf, startRuntime } from './task/start-runtime.ts';
export { Task } from './task/task.ts';
export { tuning, type Tuning } from './task/tuning.ts';
export { WorkerTask } from './task/worker-task.ts';
