import { GenericContainer, Wait } from 'testcontainers';

const startWithinMs = 180_000;

/** Docker publishes on every interface unless it is asked for one: these servers have no log-in, or one password. */
class LocalContainer extends GenericContainer {
  protected override beforeContainerCreated(): Promise<void> {
    const bindings = Object.entries((this.hostConfig.PortBindings ?? {}) as Record<string, readonly object[]>);
    this.hostConfig.PortBindings = Object.fromEntries(
      bindings.map(([port, hosts]) => [port, hosts.map((host) => ({ ...host, HostIp: '127.0.0.1' }))]),
    );
    return Promise.resolve();
  }
}

/** A container of this image that publishes its port on 127.0.0.1 only, and counts as started once something listens on the port. */
export const localContainer = (image: string, port: { readonly container: number; readonly host: number }): GenericContainer =>
  new LocalContainer(image)
    .withExposedPorts(port)
    // Asked inside of the container: Docker itself listens on the host's port from the beginning.
    .withHealthCheck({
      test: ['CMD', 'bash', '-c', `</dev/tcp/127.0.0.1/${String(port.container)}`],
      interval: 500,
      timeout: 2_000,
      retries: 300,
    })
    .withWaitStrategy(Wait.forHealthCheck())
    .withStartupTimeout(startWithinMs);
