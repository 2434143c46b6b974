const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a playbook duration such as `48h`; a day is 24 hours. */
export function durationMs(text: string): number {
  const unit = units[text.at(-1) as keyof typeof units];
  return Number(text.slice(0, -1)) * unit;
}
