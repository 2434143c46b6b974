-- The topics as the KPIs of deploy/sql/models/kpis read them: each record once, each person's newest profile.
create or replace view hito.hito_outcomes as select * from hito.outcomes final;
create or replace view hito.hito_events as select * from hito.events final;
create or replace view hito.hito_profiles as select * from hito.profiles final;
create or replace view hito.hito_stages as
select * except (`from`, `to`), `from` as from_stage, `to` as to_stage from hito.stages final;
