-- Decisions about candidates, each once. From: hito export messages --to parquet --out exports/messages.parquet
select distinct on (id) *
from read_parquet('exports/messages*.parquet', union_by_name = true)
