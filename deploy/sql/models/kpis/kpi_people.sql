-- depends_on: {{ ref('hito_stages') }} {{ ref('hito_events') }} {{ ref('hito_profiles') }}
-- People by the stage in which they are now. In Prometheus: sum by (stage) (hito_people)
-- Who never moved is in the stage from which the others made their first move.
with people as (
  select person_id from hito_events
  union distinct
  select person_id from hito_profiles
),
moves as (
  select
    person_id,
    from_stage,
    to_stage,
    row_number() over (partition by person_id order by "at", hito_offset) as nth,
    row_number() over (partition by person_id order by "at" desc, hito_offset desc) as nth_last
  from hito_stages
),
initial as (
  select max(from_stage) as stage from moves where nth = 1
),
latest as (
  select person_id, to_stage from moves where nth_last = 1
)
select stage, count(*) as people
from (
  select latest.to_stage as stage from latest
  union all
  select initial.stage
  from people
  cross join initial
  where people.person_id not in (select person_id from latest)
) as placed
group by stage
