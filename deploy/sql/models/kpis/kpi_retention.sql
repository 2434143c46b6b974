-- depends_on: {{ ref('kpi_people') }} {{ ref('hito_stages') }}
-- How many people are not in a stage of silence now. In Prometheus:
-- 1 - (sum(hito_churned_total) - sum(hito_returned_total)) / sum(hito_people)
select
  everybody as people,
  everybody - gone as retained,
  case when everybody > 0 then (everybody - gone) * 1.0 / everybody end as retention
from (
  select
    sum(people) as everybody,
    sum(case when stage in (select to_stage from hito_stages where evidence_quiet_ms is not null) then people else 0 end) as gone
  from kpi_people
) as counted
