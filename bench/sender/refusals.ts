/**
 * What recipients that a server refuses cost the mails around them. `node --conditions=source --import=./bench/sender/typescript.mjs bench/sender/refusals.ts [mails] [ms]`: prints,
 * without and with TLS and a log-in, how much longer so many mails take where 1, 10 and 50 % of them are refused at RCPT. The line
 * has a round trip of `ms`, as no measure on one machine has by itself; read the ratios.
 */
import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net';
import { loadavg } from 'node:os';
import { attempts } from '../../services/delivery/testing/attempts.ts';
import { testAuthority } from '../../services/delivery/testing/certificates.ts';
import { MisbehavingSmtp } from '../../services/delivery/testing/misbehaving-smtp.ts';

const [mails = 400, roundTripMs = 10] = process.argv.slice(2).map(Number);
const atOnce = 4;
attempts.times = { commandMs: 20_000, replyMs: 20_000 };

/** A line to the server that holds each segment for half of the round trip, in both directions. */
async function farAway(port: number): Promise<{ port: number; close: () => void }> {
  const late = (from: Socket, to: Socket): void => {
    from.setNoDelay(true);
    from.on('error', () => undefined);
    from.on('data', (bytes) => setTimeout(() => to.write(bytes), roundTripMs / 2));
    from.on('end', () => setTimeout(() => to.end(), roundTripMs / 2));
    from.on('close', () => setTimeout(() => to.destroy(), roundTripMs / 2));
  };
  const server = createServer((near) => {
    // The handshake of TCP is a round trip too.
    near.pause();
    setTimeout(() => {
      const far = dial(port, '127.0.0.1');
      late(near, far);
      late(far, near);
      near.resume();
    }, roundTripMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function seconds(smtp: MisbehavingSmtp, url: string, percent: number): Promise<{ took: number; opened: number }> {
  smtp.answer = (line) => (line.startsWith('RCPT TO:<gone') ? '550 5.1.1 no such user' : undefined);
  attempts.to(url);
  const before = smtp.connections;
  const start = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < mails; i = next++) {
      const refused = Math.floor(((i + 1) * percent) / 100) > Math.floor((i * percent) / 100);
      attempts.connections.enter();
      const ending = await attempts.tried(`${refused ? 'gone' : 'ana'}-${String(i)}@shop.example`);
      attempts.connections.leave();
      if (ending.kind !== 'reply' || ending.text.startsWith('2') === refused)
        throw new Error(`An attempt ended otherwise than planned: ${JSON.stringify(ending)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const took = (performance.now() - start) / 1000;
  attempts.end();
  return { took, opened: smtp.connections - before };
}

const tls = await (await testAuthority()).issue('127.0.0.1');
for (const secured of [false, true]) {
  const smtp = await MisbehavingSmtp.start(secured ? { tls, extensions: ['STARTTLS', 'AUTH PLAIN'] } : {});
  const line = await farAway(Number(new URL(smtp.url).port));
  const url = secured
    ? `smtp://me:secret@127.0.0.1:${String(line.port)}?verify=false`
    : `smtp://127.0.0.1:${String(line.port)}?tls=off`;
  await seconds(smtp, url, 10);
  let whole = 0;
  for (const percent of [0, 1, 10, 50]) {
    const { took, opened } = await seconds(smtp, url, percent);
    if (percent === 0) whole = took;
    console.log(
      `${secured ? 'STARTTLS and log-in' : 'plain'}, ${String(percent)} % refused: ${(mails / took).toFixed(0)} mails/s, ` +
        `${(took / whole).toFixed(2)} of the time without refusals, ${String(opened)} connections`,
    );
  }
  line.close();
  await smtp.stop();
}
console.log(
  `${String(mails)} mails, ${String(atOnce)} at once, round trip ${String(roundTripMs)} ms, load ${loadavg()[0]?.toFixed(1) ?? ''}`,
);
process.exit(0);
