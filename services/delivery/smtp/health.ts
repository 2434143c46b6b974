import type { FaultKind } from './fault.ts';

export interface Fault {
  readonly kind: FaultKind;
  readonly what: string;
}

/** Growing pauses after a fault, ms. */
export interface Pauses {
  readonly firstMs: number;
  /** While the server cannot be reached, or cuts attempts short. */
  readonly longestMs: number;
  /** While it refuses our log-in, TLS or sender. */
  readonly longestRefusedMs: number;
}

export const defaultPauses: Pauses = { firstMs: 1_000, longestMs: 60_000, longestRefusedMs: 600_000 };

/**
 * The circuit breaker of one way out. A fault closes it; after a growing pause a probe, which needs no mail, opens it again. The pauses
 * grow until a mail has been answered: a server that greets well and cuts every mail short is tried ever later.
 */
export class Health {
  fault: Fault | undefined;
  /** When it was opened or closed last. */
  since = new Date();
  private faults = 0;
  private readonly pauses: Pauses;

  constructor(pauses: Pauses) {
    this.pauses = pauses;
  }

  get open(): boolean {
    return this.fault === undefined;
  }

  /** Closes the way; answers how long until the probe, ms, or nothing where it is closed already and its probe is due. */
  close(fault: Fault): number | undefined {
    const waiting = this.fault;
    // What an operator has to put right is not hidden by a line that is cut meanwhile.
    if (waiting === undefined || waiting.kind === 'unreachable') this.fault = fault;
    if (waiting !== undefined) return undefined;
    this.since = new Date();
    return this.pause(fault.kind);
  }

  /** The probe failed: how long until the next one, ms. */
  stillClosed(fault: Fault): number {
    this.fault = fault;
    return this.pause(fault.kind);
  }

  /** The probe went through. */
  reopen(): void {
    this.fault = undefined;
    this.since = new Date();
  }

  /** A mail was answered, whatever was said of it: the next pause is short again. */
  answered(): void {
    if (this.fault === undefined) this.faults = 0;
  }

  private pause(kind: FaultKind): number {
    const { firstMs, longestMs, longestRefusedMs } = this.pauses;
    const longest = kind === 'unreachable' ? longestMs : longestRefusedMs;
    const pause = Math.min(longest, firstMs * 2 ** Math.min(this.faults, 30));
    this.faults += 1;
    return pause;
  }
}
