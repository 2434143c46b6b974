-- Moves of people between stages, each once. From: hito export stages --to parquet --out exports/stages.parquet
select distinct on (id) * exclude ("from", "to"), "from" as from_stage, "to" as to_stage
from read_parquet('exports/stages*.parquet', union_by_name = true)
