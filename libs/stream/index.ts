export * from './processor.ts';
export * from './runtime.types.ts';
export * from './worker.ts';
