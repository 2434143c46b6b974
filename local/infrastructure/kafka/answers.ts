import { connect } from 'node:net';

/** An ApiVersions request (key 18, version 0) without client id, as on the wire: the first thing any client asks. */
const apiVersions = Buffer.from([0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);

/** Whether a Kafka broker answers on this port: bound is not enough, it must speak. */
export const kafkaAnswers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(apiVersions));
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.setTimeout(2_000, () => {
      answer(false);
    });
    socket.once('data', (bytes) => {
      answer(bytes.length >= 8 && bytes.readInt32BE(4) === 1);
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('close', () => {
      answer(false);
    });
  });
