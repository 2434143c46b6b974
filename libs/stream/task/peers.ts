/** What the tasks of one processor in this process tell each other. */
export class Peers {
  /** When one of them last decided a message without a throw, ms of `performance.now()`. */
  decidedAt = -Infinity;
}
