import { escape } from '../html.ts';
import type { History } from './history.ts';

/** What the page draws: a title, and how a counter (`processor/name`) is one of its series; undefined where it is none. */
interface Drawn {
  readonly title: string;
  readonly of: 'rises' | 'levels';
  readonly series: (name: string) => string | undefined;
}

const group =
  (pattern: RegExp, without = 'all') =>
  (name: string): string | undefined => {
    const found = pattern.exec(name);
    return found === null ? undefined : (found[1] ?? without);
  };

const drawn: readonly Drawn[] = [
  { title: 'Events per minute', of: 'rises', series: group(/^profile\/events$/) },
  { title: 'Decisions per minute', of: 'rises', series: group(/^orchestration\/decision\.([^.]+)/) },
  {
    title: 'Mails accepted per minute, by play',
    of: 'rises',
    series: group(/^[^/]+\/outcomes\.accepted(?:\/([^/]*).*)?$/, 'unknown'),
  },
  { title: 'Opens by people per minute', of: 'rises', series: group(/^[^/]+\/opened\.human(?:\/.*)?$/) },
  { title: 'Clicks by people per minute', of: 'rises', series: group(/^[^/]+\/clicked\.human(?:\/.*)?$/) },
  { title: 'People by stage', of: 'levels', series: group(/^stages\/stage\.(.+)$/) },
];

/** Charts of one heading, at most; the others are added up as `other`. */
const mostSeries = 6;
const width = 300;
const height = 48;

/** The counters that the charts are made of. */
export const chartedCounts = (tallies: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...tallies].filter(([name]) => drawn.some(({ series }) => series(name) !== undefined)));

/** Bar charts of the last hour, a bar per minute, as SVG; each says in words what it shows. The same for the same counters: idle, nothing moves. */
export function charts(history: History): string {
  return drawn
    .map(({ title, of, series }) => {
      const sums = new Map<string, number[]>();
      for (const name of history.names()) {
        const found = series(name);
        if (found === undefined) continue;
        const values = history[of](name);
        sums.set(found, sums.get(found)?.map((value, i) => value + (values[i] ?? 0)) ?? values);
      }
      const bars = foremost(sums).map(([name, values]) => chart(name, values));
      return `<h3>${escape(title)}</h3>${bars.length === 0 ? '<p class="soft">none yet</p>' : `<div class="charts">${bars.join('')}</div>`}`;
    })
    .join('\n');
}

function foremost(sums: ReadonlyMap<string, number[]>): [string, number[]][] {
  const size = (values: readonly number[]): number => Math.max(0, ...values);
  const sorted = [...sums].sort(([a, one], [b, other]) => size(other) - size(one) || (a < b ? -1 : 1));
  const rest = sorted.splice(mostSeries);
  const [first] = rest;
  if (first === undefined) return sorted;
  return [...sorted, ['other', first[1].map((_, i) => rest.reduce((sum, [, values]) => sum + (values[i] ?? 0), 0))]];
}

function chart(name: string, values: readonly number[]): string {
  const most = Math.max(0, ...values);
  const says = `now ${(values.at(-1) ?? 0).toLocaleString('en')}, most ${most.toLocaleString('en')}`;
  const step = width / values.length;
  const bars = values
    .map((value, i) => {
      if (value === 0) return '';
      const tall = Math.max(1, (value / most) * height);
      return `<rect x="${(i * step).toFixed(1)}" y="${(height - tall).toFixed(1)}" width="${(step - 1).toFixed(1)}" height="${tall.toFixed(1)}"/>`;
    })
    .join('');
  return `<figure><svg role="img" aria-label="${escape(`${name}, the last hour by minute: ${says}`)}" viewBox="0 0 ${String(width)} ${String(height)}" preserveAspectRatio="none">${bars}</svg><figcaption>${escape(name)} <span class="soft">${says}</span></figcaption></figure>`;
}
