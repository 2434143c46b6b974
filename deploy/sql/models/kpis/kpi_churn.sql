-- depends_on: {{ ref('hito_stages') }}
-- How often people fell silent, and came back, by month. In Prometheus: sum(hito_churned_total), sum(hito_returned_total)
-- A stage is one of silence if somebody ever moved there by silence.
with silent as (
  select distinct to_stage as stage from hito_stages where evidence_quiet_ms is not null
)
select
  date_trunc('month', "at") as month,
  count(case when to_stage in (select stage from silent) and from_stage not in (select stage from silent) then 1 end) as churned,
  count(case when from_stage in (select stage from silent) and to_stage not in (select stage from silent) then 1 end) as returned
from hito_stages
group by date_trunc('month', "at")
