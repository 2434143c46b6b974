import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chart } from './render.ts';

/** A chart can read files of its own folder only, so that these are copied. */
const folders = [
  { from: 'deploy/grafana/dashboards', to: `${chart}/files/dashboards`, ends: '.json' },
  { from: 'deploy/prometheus/rules', to: `${chart}/files/rules`, ends: '.yml' },
];

export interface Copy {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** What the chart must hold of dashboards and rules. */
export const copies = (): readonly Copy[] =>
  folders.flatMap(({ from, to, ends }) =>
    (existsSync(from) ? readdirSync(from) : [])
      .filter((file) => file.endsWith(ends) && !file.includes('.test.'))
      .map((file) => ({ from: `${from}/${file}`, to: `${to}/${file}`, text: readFileSync(`${from}/${file}`, 'utf8') })),
  );

/** What the chart holds of them, and from where it should be. */
export const copied = (): readonly string[] =>
  folders.flatMap(({ to, ends }) =>
    (existsSync(to) ? readdirSync(to) : []).filter((file) => file.endsWith(ends)).map((file) => `${to}/${file}`),
  );
