-- depends_on: {{ ref('hito_outcomes') }}
-- Mails opened, by who seems to have done it. In Prometheus: sum by (verdict, play, category) (hito_opens_total)
select verdict, play, category, count(*) as opens
from hito_outcomes
where outcome = 'opened'
group by verdict, play, category
