import { parsePlaybook, type Playbook } from '#playbook';

const order = { event: 'Order Completed' };

/** One play that an event starts, open all day, one mail a day. */
export const playbook: Playbook = parsePlaybook(
  JSON.stringify({
    name: 'One mailbox',
    defaults: { zone: 'UTC', locale: 'en' },
    categories: [{ id: 'news', title: { en: 'News' }, consent: 'opt_out' }],
    sending: { window: { from: '09:00', to: '20:00' }, daily_cap: 1, behaviour_monthly_cap: 2 },
    scoring: { half_life: '30d', bands: [{ id: 'cold', from: 0 }] },
    stages: {
      initial: 'prospect',
      names: ['prospect', 'active'],
      transitions: [{ id: 'first', from: ['prospect'], to: 'active', on: order }],
    },
    milestones: [{ id: 'second-order', kind: 'count', of: order, threshold: 2 }],
    plays: [
      {
        id: 'news',
        on: { event: 'News Wanted' },
        category: 'news',
        entry: 'always',
        priority: 5,
        not_after: '3d',
        template: 'news',
      },
    ],
  }),
);
