import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const program = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  process.stdout.write(String(this.address().port));
});`;

/** A port of 127.0.0.1 whose process is stopped and whose queue is full: a connection to it is neither accepted nor refused. */
export class DeafListener {
  private constructor(
    private readonly child: ChildProcess,
    private readonly waiting: readonly Socket[],
    readonly url: string,
  ) {}

  static async start(): Promise<DeafListener> {
    const child = spawn(process.execPath, ['-e', program], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [port] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGSTOP');
    const waiting = Array.from({ length: 8 }, () => connect({ host: '127.0.0.1', port: Number(String(port)) }));
    for (const socket of waiting) socket.on('error', () => undefined);
    return new DeafListener(child, waiting, `smtp://127.0.0.1:${String(port)}`);
  }

  async stop(): Promise<void> {
    for (const socket of this.waiting) socket.destroy();
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
