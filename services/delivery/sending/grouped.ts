interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: while one group is being written, what arrives waits and is written together next. `write` answers in the order of its
 * items, an Error for one that is to be rejected; when it rejects, so does each of that group.
 */
export class Grouped<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private writing = false;
  private readonly write: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>;
  private readonly most: number;

  constructor(write: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>, most = 100) {
    this.write = write;
    this.most = most;
  }

  add(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.waiting.push({ item, resolve, reject });
    if (!this.writing) void this.drain();
    return promise;
  }

  private async drain(): Promise<void> {
    this.writing = true;
    // One turn of the loop: what ends together is written together.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, this.most);
      try {
        const results = await this.write(group.map(({ item }) => item));
        group.forEach(({ resolve, reject }, i) => {
          const result = results[i] as Result | Error;
          if (result instanceof Error) reject(result);
          else resolve(result);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.writing = false;
  }
}
