import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The address that services know of their database, as a virtual address or a proxy has it in production: where it leads may change. */
export class Way {
  private readonly open = new Set<Socket>();
  private readonly server: Server;

  private constructor(private port: number) {
    this.server = createServer((client) => {
      const upstream = connect(this.port, '127.0.0.1');
      for (const [socket, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.open.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          this.open.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
  }

  static async to(port: number): Promise<Way> {
    const way = new Way(port);
    await new Promise<void>((resolve) => way.server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get address(): string {
    return `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** From here on it leads there; open connections are cut. */
  turn(port: number): void {
    this.port = port;
    this.cut();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private cut(): void {
    for (const socket of this.open) socket.destroy();
  }
}
