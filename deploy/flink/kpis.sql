-- KPIs of the outcome topics by Flink SQL, kept up to date. How to use it: docs/how-to/data.md
-- Set broker and prefix (hito) to yours, and make the two result topics with cleanup.policy=compact.
SET 'execution.checkpointing.interval' = '10s';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';

CREATE TABLE outcomes (
  id STRING,
  message_id STRING,
  play STRING,
  outcome STRING,
  verdict STRING,
  headers MAP<STRING, BYTES> METADATA VIRTUAL
) WITH (
  'connector' = 'kafka', 'topic' = 'hito.outcomes.v1', 'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'flink.hito', 'scan.startup.mode' = 'earliest-offset',
  'format' = 'json', 'json.ignore-parse-errors' = 'true'
);

CREATE TABLE stages (
  id STRING,
  `from` STRING,
  `to` STRING,
  evidence ROW<quiet_ms BIGINT>,
  headers MAP<STRING, BYTES> METADATA VIRTUAL
) WITH (
  'connector' = 'kafka', 'topic' = 'hito.stages.v1', 'properties.bootstrap.servers' = 'kafka:9092',
  'properties.group.id' = 'flink.hito', 'scan.startup.mode' = 'earliest-offset',
  'format' = 'json', 'json.ignore-parse-errors' = 'true'
);

CREATE TABLE kpi_rates (
  play STRING,
  accepted BIGINT,
  opened BIGINT,
  clicked BIGINT,
  PRIMARY KEY (play) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka', 'topic' = 'hito.kpi-rates', 'properties.bootstrap.servers' = 'kafka:9092',
  'key.format' = 'json', 'value.format' = 'json', 'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'hito-kpi-rates', 'properties.transaction.timeout.ms' = '600000'
);

CREATE TABLE kpi_churn (
  name STRING,
  churned BIGINT,
  returned BIGINT,
  PRIMARY KEY (name) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka', 'topic' = 'hito.kpi-churn', 'properties.bootstrap.servers' = 'kafka:9092',
  'key.format' = 'json', 'value.format' = 'json', 'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'hito-kpi-churn', 'properties.transaction.timeout.ms' = '600000'
);

-- A record may lie on its topic twice: its id counts once. Watermarks (hito-control) are no records.
-- In Prometheus: hito_mails_total{outcome="accepted"}, hito_opens_total{verdict="human"}, hito_clicks_total{verdict="human"}
INSERT INTO kpi_rates
SELECT
  play,
  COUNT(DISTINCT id) FILTER (WHERE outcome = 'accepted'),
  COUNT(DISTINCT id) FILTER (WHERE outcome = 'opened' AND verdict = 'human'),
  COUNT(DISTINCT id) FILTER (WHERE outcome = 'clicked' AND verdict = 'human')
FROM outcomes
WHERE headers['hito-control'] IS NULL AND play IS NOT NULL
GROUP BY play;

-- A stage is one of silence if somebody ever moved there by silence.
-- In Prometheus: sum(hito_churned_total), sum(hito_returned_total)
INSERT INTO kpi_churn
SELECT
  'all',
  COUNT(DISTINCT moves.id) FILTER (WHERE target.stage IS NOT NULL AND origin.stage IS NULL),
  COUNT(DISTINCT moves.id) FILTER (WHERE origin.stage IS NOT NULL AND target.stage IS NULL)
FROM (SELECT id, `from`, `to` FROM stages WHERE headers['hito-control'] IS NULL AND id IS NOT NULL) AS moves
LEFT JOIN (SELECT DISTINCT `to` AS stage FROM stages WHERE evidence.quiet_ms IS NOT NULL) AS target ON moves.`to` = target.stage
LEFT JOIN (SELECT DISTINCT `to` AS stage FROM stages WHERE evidence.quiet_ms IS NOT NULL) AS origin ON moves.`from` = origin.stage;
