import type { Runtime } from '#stream';

type Produce = Runtime['produce'];
type Outgoing = Parameters<Produce>[0];

interface Waiting {
  readonly records: Outgoing;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most records in one send, the last request's aside. */
const most = 2000;

/**
 * The broker takes one send at a time: what comes while one is under way goes out together in the next, so that the number of
 * requests a second does not depend on the broker's round trip. All requests of a send share its fate.
 */
export function together(produce: Produce): Produce {
  let waiting: Waiting[] = [];
  let sending = false;

  const send = async (): Promise<void> => {
    sending = true;
    while (waiting.length > 0) {
      let records = 0;
      let count = 0;
      for (const next of waiting) {
        if (records >= most) break;
        records += next.records.length;
        count += 1;
      }
      const group = waiting.slice(0, count);
      waiting = waiting.slice(count);
      try {
        await produce(group.flatMap((request) => request.records));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    sending = false;
  };

  return (records) =>
    new Promise((resolve, reject) => {
      waiting.push({ records, resolve, reject });
      if (!sending) void send();
    });
}
