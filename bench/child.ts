export interface ChildConfig {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  readonly prefix: string;
  readonly partitions: number;
  readonly expected: number;
}

/** What the parent gave this process to measure. */
export const readConfig = (): ChildConfig => JSON.parse(process.argv[2] ?? '{}') as ChildConfig;

/** The figures, as the parent reads them: one line of JSON. */
export function say(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
