/** The name of the worker that reads sources: of its tasks, its group, and its places on `collected`. */
export const sourcesWorker = 'sources';
