-- The newest profile of each person. From: hito export profiles --to parquet --out exports/profiles.parquet
select *
from (
  select *, row_number() over (partition by hito_key order by hito_offset desc) as newest
  from read_parquet('exports/profiles*.parquet', union_by_name = true)
)
where newest = 1 and not hito_deleted
