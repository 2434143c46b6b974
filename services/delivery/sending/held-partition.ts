import type { WorkerSession } from '#stream';

/** A partition whose mails this process sends, from the start of its session until its last attempt is recorded. */
export class HeldPartition {
  readonly session: WorkerSession;
  /** Another process owns it now. */
  fenced = false;
  /** Mails that are claimed and not yet recorded, by token. */
  private readonly underWay = new Set<string>();
  private readonly over = Promise.withResolvers<undefined>();

  private readonly onLeaving: () => void;

  /** `onLeaving` is called when nothing new is to be begun any more. */
  constructor(session: WorkerSession, onLeaving: () => void) {
    this.session = session;
    this.onLeaving = onLeaving;
    session.signal.addEventListener('abort', () => {
      this.leave();
    });
    if (session.signal.aborted) this.over.resolve(undefined);
  }

  get number(): number {
    return this.session.partition;
  }

  /** Nothing new is begun. */
  get leaving(): boolean {
    return this.fenced || this.session.signal.aborted;
  }

  /** Resolves when it is being left and nothing is under way any more. */
  get done(): Promise<undefined> {
    return this.over.promise;
  }

  begin(token: string): void {
    this.underWay.add(token);
  }

  end(token: string): void {
    this.underWay.delete(token);
    this.endIfDone();
  }

  fence(): void {
    if (this.fenced) return;
    this.fenced = true;
    this.leave();
  }

  private leave(): void {
    this.onLeaving();
    this.endIfDone();
  }

  private endIfDone(): void {
    if (this.leaving && this.underWay.size === 0) this.over.resolve(undefined);
  }
}
