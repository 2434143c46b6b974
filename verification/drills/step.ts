import type { Platform } from './platform.ts';

/** What a drill saw: figures by name, in seconds or in mails, and what does not hold; nothing of it if all is well. */
export interface Seen {
  readonly figures: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

/** A disaster and the way out of it. They run in their order, each on what the former has left. */
export interface Step {
  readonly name: string;
  run(platform: Platform): Promise<Seen>;
}
