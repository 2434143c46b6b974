import { messages, outcomes } from '#contracts';
import type { Worker } from '#stream';
import type { SenderOptions } from './sending/options.ts';
import { Sender } from './sending/sender.ts';

/**
 * Transmits the mails of the partitions it owns: claim, conversation, marker, body, reply (docs of each in `mails/` and `smtp/`). The
 * decisions on `messages` only tell it to look; what is due is in the table. `options` may come late: templates are read from files.
 */
export const sender = (options: Promise<SenderOptions>): Worker => {
  // One for all partitions of the process: they share connections and transactions.
  const sending = options.then((known) => new Sender(known));
  let running: Sender | undefined;
  sending.then(
    (made) => (running = made),
    () => undefined,
  );
  return {
    service: 'delivery',
    name: 'sender',
    inputs: [{ contract: messages, kind: 'ordered' }],
    outputs: [{ contract: outcomes }],
    waitsFor: () => running?.trouble,
    breakers: () => running?.breakers ?? [],
    readings: () => running?.readings ?? {},
    async run(session, nudged) {
      await (await sending).run(session, nudged);
    },
  };
};
