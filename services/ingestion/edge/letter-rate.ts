/** So many refused bodies of one source leave a dead letter at once, and then so many a minute. */
const atOnce = 30;
const perMinute = 10;

/** Bounds how many dead letters a source's refused bodies leave, so that a flood of them cannot fill the topic. */
export class LetterRate {
  private readonly sources = new Map<string, { left: number; at: number }>();

  /** `now`: epoch ms. */
  constructor(private readonly now: () => number) {}

  /** Whether one more may be kept. Sources are names of write keys: few, and the operator's own. */
  allows(source: string): boolean {
    const at = this.now();
    const before = this.sources.get(source) ?? { left: atOnce, at };
    const left = Math.min(atOnce, before.left + (Math.max(0, at - before.at) / 60_000) * perMinute);
    const allowed = left >= 1;
    this.sources.set(source, { left: allowed ? left - 1 : left, at });
    return allowed;
  }
}
