import { parsePlaybook, type Playbook } from '#playbook';
import { rulesOf, type Rules } from './rules.ts';

export const hour = 3_600_000;
export const day = 24 * hour;

const compiled = new Map<string, Rules>();

/** Compiled rules of a playbook with this scoring part (YAML, flow style). */
export const rulesFrom = (scoring: string): Rules => {
  const known = compiled.get(scoring) ?? rulesOf(playbookWith(scoring));
  compiled.set(scoring, known);
  return known;
};

const playbookWith = (scoring: string): Playbook =>
  parsePlaybook(`name: Test
defaults: { zone: UTC, locale: en }
sending: { window: { from: '09:00', to: '20:00' } }
stages: { initial: a, names: [a], transitions: [] }
scoring: ${scoring}`);

/** Half after 30 days; warm from 20 to below 15, hot from 50 to below 45. */
export const shop = (changes = ''): Rules =>
  rulesFrom(`{
    half_life: 30d, hysteresis: 5, floor: -40, ${changes}
    bands: [{ id: cold, from: 0 }, { id: warm, from: 20 }, { id: hot, from: 50 }],
    rules: [
      { id: view, event: View, points: 2 },
      { id: order, event: Order, points: 20 },
      { id: big, event: Order, where: properties.revenue > 50, points: 30 },
      { id: fan, event: Order, where: traits.plan == "pro", points: 1 },
      { id: complaint, event: Complaint, points: -30 },
    ],
    fit: [{ id: local, where: traits.country == "ES", points: 10 }, { id: pro, where: traits.plan == "pro", points: 6 }],
  }`);
