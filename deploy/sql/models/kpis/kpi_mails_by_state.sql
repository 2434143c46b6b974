-- depends_on: {{ ref('hito_outcomes') }}
-- Mails by their latest outcome: one that was in doubt may have got another since. In Prometheus: sum by (state) (hito_mails_by_state)
select outcome as state, count(*) as mails
from (
  select outcome, row_number() over (partition by message_id order by occurred_at desc, attempt desc, outcome) as latest
  from hito_outcomes
  where outcome not in ('opened', 'clicked', 'unsubscribed')
) as ranked
where latest = 1
group by outcome
