import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '#testing';
import { basic, Edge, key, track } from '../testing/edge.ts';

let edge: Edge;
beforeEach(async () => {
  edge = await Edge.start([], 2_000);
});
afterEach(() => edge.stop());

describe('what could be delivered later is answered 429 with Retry-After', () => {
  const expectLater = (answer: Response): void => {
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After');
  };

  test('while the broker is away', async () => {
    edge.log.away = true;
    expectLater(await edge.post('/v1/track', JSON.stringify(track)));
    edge.log.away = false;
    expect((await edge.post('/v1/track', JSON.stringify(track))).status).toBe(200);
  });

  test('while the broker does not answer', async () => {
    edge.log.silent = true;
    expectLater(await edge.post('/v1/track', JSON.stringify(track)));
  });

  test.each([[['driven', 'live']], [['unset', 'unset']], [['live']], [[]]])('while the clocks are %j', async (clocks) => {
    edge.log.clocks = clocks;
    expectLater(await edge.post('/v1/track', JSON.stringify(track)));
    edge.log.clocks = ['live', 'live'];
    expect((await edge.post('/v1/track', JSON.stringify(track))).status).toBe(200);
  });

  test('when one address has too much under way; a place that is free again is given again', async () => {
    edge.log.silent = true;
    const answers = await Promise.all(Array.from({ length: 12 }, () => edge.post('/v1/track', JSON.stringify(track))));
    const messages = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { message: string }).message));
    expect(messages.filter((message) => message.startsWith('too many requests'))).toHaveLength(4);
    expectLater(await edge.post('/v1/track', JSON.stringify(track))); // those that the broker has not settled hold their places
    edge.log.silent = false;
    expect((await edge.post('/v1/track', JSON.stringify(track))).status).toBe(200);
  });

  test('when bodies together need more room than there is', async () => {
    await edge.stop();
    edge = await Edge.start([], 60_000);
    const big = JSON.stringify({ ...track, x: 'x'.repeat(4_000_000) });
    const held = new Set<Socket>();
    let holding = true;
    const hold = (): void => {
      const socket = connect(edge.port, '127.0.0.1');
      held.add(socket);
      socket.on('error', () => undefined);
      // An answer says that another body had the room: this one tries again.
      socket.once('data', () => socket.destroy());
      socket.once('close', () => {
        held.delete(socket);
        if (holding) hold();
      });
      socket.write(
        `POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(`${key}:`)['authorization'] ?? ''}\r\nContent-Length: ${String(big.length)}\r\n\r\n${big.slice(0, -1)}`,
      );
    };
    for (let n = 0; n < 3; n++) hold();
    const said = async (): Promise<string> =>
      ((await (await edge.post('/v1/track', big)).json()) as { message?: string }).message ?? '';
    await until(async () => (await said()).startsWith('too much'));
    holding = false;
    for (const socket of held) socket.destroy();
    await until(async () => (await edge.post('/v1/track', big)).status === 200);
  });
});

describe('connections', () => {
  const closed = (socket: Socket): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(text);
      });
    });

  test('a body that does not come is cut off', async () => {
    const socket = connect(edge.port, '127.0.0.1');
    socket.write(
      `POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(`${key}:`)['authorization'] ?? ''}\r\nContent-Length: 100\r\n\r\n{`,
    );
    expect(await closed(socket)).toMatch(/^HTTP\/1.1 408/);
  });

  test('an endless body is cut off', async () => {
    const socket = connect(edge.port, '127.0.0.1');
    socket.write(
      `POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(`${key}:`)['authorization'] ?? ''}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const timer = setInterval(() => {
      socket.write(chunk.repeat(20));
    }, 5);
    await closed(socket);
    clearInterval(timer);
    // The one record is the letter of the refused body: no call of it was taken.
    expect(edge.log.records.map(({ headers }) => headers?.['hito-dl-kind'])).toEqual(['body_too_large']);
  });

  test('a browser is told that it may send', async () => {
    const answer = await fetch(`${edge.url}/v1/t`, {
      method: 'OPTIONS',
      headers: { origin: 'https://shop.example', 'access-control-request-headers': 'x-own' },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    for (const name of ['authorization', 'content-type', 'x-retry-count', 'x-own'])
      expect(answer.headers.get('access-control-allow-headers')).toContain(name);
  });

  test('an unknown path is answered 400, and says which there are', async () => {
    const answer = await edge.post('/v1/tracks', JSON.stringify(track));
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('/v1/track,');
  });
});
