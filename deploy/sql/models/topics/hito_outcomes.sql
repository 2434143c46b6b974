-- What became of mails, each record once. From: hito export outcomes --to parquet --out exports/outcomes.parquet
select distinct on (id) *
from read_parquet('exports/outcomes*.parquet', union_by_name = true)
