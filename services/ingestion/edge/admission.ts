/** Bounds of what may be under way at once: requests in all and from one address, and bytes of their bodies together. */
export interface AdmissionLimits {
  readonly total: number;
  readonly perClient: number;
  readonly bytes: number;
}

/** A request's place at the edge. */
export interface Place {
  /** Takes room for that many more bytes; false when there is none. */
  grow(bytes: number): boolean;
  /** Gives everything back; to be called once. */
  leave(): void;
}

/** Keeps one client, or a crowd of slow ones, from holding the edge: what is beyond the bounds is asked to come back. */
export class Admission {
  private readonly clients = new Map<string, number>();
  private total = 0;
  private bytes = 0;

  constructor(private readonly limits: AdmissionLimits) {}

  /** A place, or nothing when all are taken. */
  enter(client: string): Place | undefined {
    const already = this.clients.get(client) ?? 0;
    if (this.total >= this.limits.total || already >= this.limits.perClient) return undefined;
    this.total += 1;
    this.clients.set(client, already + 1);
    let held = 0;
    return {
      grow: (bytes) => {
        if (this.bytes + bytes > this.limits.bytes) return false;
        this.bytes += bytes;
        held += bytes;
        return true;
      },
      leave: () => {
        this.bytes -= held;
        this.leave(client);
      },
    };
  }

  private leave(client: string): void {
    this.total -= 1;
    const left = (this.clients.get(client) ?? 1) - 1;
    if (left > 0) this.clients.set(client, left);
    else this.clients.delete(client);
  }
}
