"""Runs deploy/clickhouse and the KPIs in chdb (ClickHouse in a process). Called by `npm run check:ops -- clickhouse`.

Arguments: the project's folder, and a folder with lines of JSON (table, raw, key, partition, offset). Prints the rows of each KPI as JSON.
chdb does not run the Kafka engine's consumers: these tables are made as they are, and then replaced by ones of the same columns, which
feed the same materialized views.
"""
import json
import pathlib
import re
import sys

from chdb import session

root, records = map(pathlib.Path, sys.argv[1:3])
sql = root / "deploy" / "clickhouse"
chdb = session.Session()


def statements(text):
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one.strip() for one in "\n".join(lines).split(";\n") if one.strip(" ;\n")]


def run(text, which=""):
    for statement in statements(text):
        if which in statement:
            try:
                chdb.query(statement.rstrip(";"))
            except Exception as error:
                # chdb has no thread for the Kafka engine: the table is made, and its start fails.
                if "Shutdown was called" not in str(error):
                    sys.exit(f"{statement}\n{error}")


topics = (sql / "topics.sql").read_text()
views = (sql / "views.sql").read_text()
chdb.query("create database hito")
run(topics, "engine = Kafka")
queues = topics.count("engine = Kafka")
made = len(str(chdb.query("show tables from hito", "TSV")).split())
if made != queues:
    sys.exit(f"deploy/clickhouse/topics.sql: {made} of {queues} Kafka tables can be made")
chdb.query("drop database hito sync")

# The virtual columns of the Kafka engine, as columns.
stand_in = "(raw String, _partition UInt64, _offset UInt64, _key String, `_headers.name` Array(String)) engine = Null;"
run(re.sub(r"\(raw String\) engine = Kafka settings .*?;", stand_in, topics, flags=re.S))
run(views)

watermark = json.dumps({"origin": "x", "watermark": "2026-01-01T00:00:00.000Z", "clock": "live"})
for file in sorted(records.glob("*.jsonl")):
    for line in file.read_text().splitlines():
        one = json.loads(line)
        for raw, headers in ((one["raw"], []), (watermark, ["hito-seq", "hito-control"])):
            row = {"raw": raw, "_partition": one["partition"], "_offset": one["offset"], "_key": one["key"], "_headers.name": headers}
            chdb.query(f"insert into hito.{one['table']}_queue format JSONEachRow {json.dumps(row)}")

chdb.query("use hito")
found = {}
for part in sorted((root / "deploy" / "sql" / "models" / "kpis").glob("*.sql")):
    chdb.query(f"create view hito.{part.stem} as\n{part.read_text()}")
    answer = json.loads(str(chdb.query(f"select * from hito.{part.stem} order by all", "JSON")))
    found[part.stem] = answer["data"]
print(json.dumps(found))
