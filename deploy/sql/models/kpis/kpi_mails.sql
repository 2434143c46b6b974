-- depends_on: {{ ref('hito_outcomes') }}
-- How often a mail got an outcome. In Prometheus: sum by (outcome, play, category) (hito_mails_total)
select outcome, play, category, count(*) as mails
from hito_outcomes
where outcome not in ('opened', 'clicked', 'unsubscribed')
group by outcome, play, category
