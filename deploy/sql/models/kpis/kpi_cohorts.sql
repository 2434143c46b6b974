-- depends_on: {{ ref('hito_events') }}
-- Of the people whose first event was in a month: how many had an event so many months later. Prometheus cannot say this.
with months as (
  select distinct person_id, extract(year from moment) * 12 + extract(month from moment) - 1 as nth
  from hito_events
),
firsts as (
  select person_id, min(nth) as first_month from months group by person_id
),
sizes as (
  select first_month, count(*) as people from firsts group by first_month
)
select
  floor(firsts.first_month / 12) as first_year,
  firsts.first_month % 12 + 1 as first_month,
  months.nth - firsts.first_month as months_later,
  max(sizes.people) as people,
  count(*) as active
from months
inner join firsts on firsts.person_id = months.person_id
inner join sizes on sizes.first_month = firsts.first_month
group by firsts.first_month, months.nth
