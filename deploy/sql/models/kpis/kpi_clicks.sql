-- depends_on: {{ ref('hito_outcomes') }}
-- Mails clicked, by who seems to have done it. In Prometheus: sum by (verdict, play, category) (hito_clicks_total)
select verdict, play, category, count(*) as clicks
from hito_outcomes
where outcome = 'clicked'
group by verdict, play, category
