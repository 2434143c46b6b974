-- depends_on: {{ ref('hito_outcomes') }}
-- Opens and clicks by people per accepted mail, by play. In Prometheus:
-- sum by (play) (hito_opens_total{verdict="human"}) / sum by (play) (hito_mails_total{outcome="accepted"}), and hito_clicks_total
select
  play,
  accepted,
  opened,
  clicked,
  case when accepted > 0 then opened * 1.0 / accepted end as open_rate,
  case when accepted > 0 then clicked * 1.0 / accepted end as click_rate
from (
  select
    play,
    count(case when outcome = 'accepted' then 1 end) as accepted,
    count(case when outcome = 'opened' and verdict = 'human' then 1 end) as opened,
    count(case when outcome = 'clicked' and verdict = 'human' then 1 end) as clicked
  from hito_outcomes
  group by play
) as counted
