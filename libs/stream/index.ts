/** What authors of processors and workers need; what the platform needs to run them is in `#stream/runtime`. */
export { slackMs } from './input/range-alarm.ts';
export * from './model/control.ts';
export { kindOf } from './model/data-error.ts';
export { failPoint, onFailPoint } from './model/fail-point.ts';
export { printed } from './model/json.ts';
export * from './model/log.ts';
export { survivorOf, union, type Merge } from './model/merge-edges.ts';
export { handOversOf, mergeable, type HandOvers, type Merged, type Merging } from './model/mergeable.ts';
export { partitionOf } from './model/partition.ts';
export * from './model/processor.ts';
export * from './model/runtime.types.ts';
export { Signal } from './model/signal.ts';
export * from './model/trace.ts';
export * from './model/worker.ts';
export { itemsSchema, laneColumns, operatorColumns, recoveryColumns, runtimeSchema, stateSchema } from './postgres/schema.ts';
