-- What known people did, each event once. From: hito export events --to parquet --out exports/events.parquet
select distinct on (id) *
from read_parquet('exports/events*.parquet', union_by_name = true)
