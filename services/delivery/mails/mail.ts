/** A claimed mail, with all that an attempt needs. */
export interface Mail {
  readonly id: string;
  readonly partition: number;
  readonly personId: string;
  readonly play: string;
  readonly category: string;
  readonly template: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly locale: string;
  readonly zone: string;
  readonly email: string;
  readonly name: string | undefined;
  readonly replayed: boolean;
  readonly decidedAt: Date;
  readonly attempt: number;
  readonly token: string;
  readonly deferrals: number;
  /** The bytes of the first attempt, where there was one. */
  readonly rendered: Buffer | undefined;
  readonly addressHash: Buffer;
  /** False where the person withdrew tracking. */
  readonly tracked: boolean;
}
