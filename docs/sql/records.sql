-- Records of dp as tables of DuckDB (1.2 or newer). Say first which files:
--
--     duckdb -cmd "SET VARIABLE records = ['base.jsonl', 'head.jsonl']" -cmd '.read docs/sql/records.sql'
--     SELECT * FROM series WHERE metric = 'wall_seconds';
--
-- The columns are typed here, since the format says what they are: guessing types
-- (read_json_auto) takes another pass, and a metric that the first lines lack is not seen.
-- Unknown is NULL. Times are in seconds, sizes in bytes.

-- Every line.
CREATE OR REPLACE VIEW records AS
SELECT *
FROM read_json(
    getvariable('records'),
    format = 'newline_delimited',
    maximum_object_size = 67108864,
    columns = {
        dp: 'VARCHAR',
        kind: 'VARCHAR',
        "at": 'TIMESTAMPTZ',
        subject: 'STRUCT("name" VARCHAR, scenario VARCHAR, platform VARCHAR, variant VARCHAR, image VARCHAR, dockerfile VARCHAR, container VARCHAR)',
        meta: 'MAP(VARCHAR, VARCHAR)',
        run: 'STRUCT(batch VARCHAR, n INTEGER, "of" INTEGER, "position" INTEGER, warmup BOOLEAN)',
        outcome: 'VARCHAR',
        error: 'STRUCT(code VARCHAR, message VARCHAR)',
        metrics: 'MAP(VARCHAR, DOUBLE)',
        detail: 'JSON',
        host: 'STRUCT(load1 DOUBLE, cpu_pressure_ratio DOUBLE, other_cpu_ratio DOUBLE, cpu_steal_ratio DOUBLE)',
        env: 'VARCHAR'
    }
);

-- Observations, good or failed: one a run.
CREATE OR REPLACE VIEW observations AS
SELECT
    kind,
    subject.name AS name,
    subject.scenario AS scenario,
    subject.platform AS platform,
    subject.variant AS variant,
    subject.dockerfile AS dockerfile,
    run.batch AS batch,
    run.n AS round,
    coalesce(run.warmup, false) AS warmup,
    outcome,
    error,
    "at",
    meta,
    metrics,
    detail,
    host.other_cpu_ratio AS other_cpu_ratio,
    env
FROM records
WHERE kind NOT IN ('env', 'verdict');

-- What enters figures: good runs, without warm-ups.
CREATE OR REPLACE VIEW runs AS
SELECT * EXCLUDE (outcome, error, warmup)
FROM observations
WHERE outcome = 'ok' AND NOT warmup;

-- A row each metric of each run.
CREATE OR REPLACE VIEW measurements AS
SELECT
    kind, name, scenario, platform, variant, batch, round, "at", meta,
    unnest(map_keys(metrics)) AS metric,
    unnest(map_values(metrics)) AS value
FROM runs;

-- A row each metric of each series, with the figures that dp-report has (which gives no
-- percentile of fewer runs than it takes: 20 for p95, 100 for p99).
CREATE OR REPLACE VIEW series AS
SELECT
    kind, name, scenario, platform, variant, metric,
    count(*) AS n,
    median(value) AS median,
    min(value) AS min,
    max(value) AS max,
    avg(value) AS mean,
    mad(value) AS mad,
    stddev_samp(value) AS stddev,
    quantile_cont(value, 0.95) AS p95,
    quantile_cont(value, 0.99) AS p99
FROM measurements
GROUP BY ALL;

-- Runs that failed, warm-ups included.
CREATE OR REPLACE VIEW failures AS
SELECT kind, name, scenario, platform, variant, batch, round, warmup, error.code AS code, error.message AS message, "at"
FROM observations
WHERE outcome = 'failed';

-- Planned runs that never came, series by series.
CREATE OR REPLACE VIEW missing AS
WITH plans AS (
    SELECT
        run.batch AS batch,
        detail ->> '$.plan.kind' AS kind,
        (detail ->> '$.plan.runs')::INTEGER AS planned,
        unnest(from_json(detail -> '$.plan.subjects',
            '[{"name": "VARCHAR", "scenario": "VARCHAR", "platform": "VARCHAR", "variant": "VARCHAR"}]')) AS subject
    FROM records
    WHERE kind = 'env' AND (detail -> '$.plan.subjects') IS NOT NULL
)
SELECT
    plans.kind, subject.name AS name, subject.scenario AS scenario, subject.platform AS platform,
    subject.variant AS variant, plans.batch, plans.planned, count(seen.kind) AS seen
FROM plans
LEFT JOIN observations AS seen ON
    seen.batch = plans.batch AND seen.kind = plans.kind AND NOT seen.warmup
    AND seen.name = subject.name
    AND seen.scenario IS NOT DISTINCT FROM subject.scenario
    AND seen.platform IS NOT DISTINCT FROM subject.platform
    AND seen.variant IS NOT DISTINCT FROM subject.variant
GROUP BY ALL
HAVING count(seen.kind) < plans.planned;

-- The steps of builds.
CREATE OR REPLACE VIEW steps AS
SELECT * EXCLUDE (step), unnest(step)
FROM (
    SELECT
        kind, name, scenario, platform, variant, dockerfile, batch, round,
        unnest(from_json(detail -> '$.steps',
            '[{"stage": "VARCHAR", "instruction": "VARCHAR", "line": "INTEGER", "state": "VARCHAR", "started_seconds": "DOUBLE", "seconds": "DOUBLE", "waited_seconds": "DOUBLE", "critical": "BOOLEAN"}]')) AS step
    FROM runs
    WHERE kind IN ('build', 'cache')
);

-- The layers of images.
CREATE OR REPLACE VIEW layers AS
SELECT * EXCLUDE (layer), unnest(layer)
FROM (
    SELECT
        name, scenario, platform, dockerfile, batch, round,
        unnest(from_json(detail -> '$.layers',
            '[{"digest": "VARCHAR", "instruction": "VARCHAR", "line": "INTEGER", "bytes": "BIGINT", "dead_bytes": "BIGINT", "files": "BIGINT"}]')) AS layer
    FROM runs
    WHERE kind = 'size'
);

-- What the records advise.
CREATE OR REPLACE VIEW findings AS
SELECT * EXCLUDE (finding), unnest(finding)
FROM (
    SELECT
        kind, name, scenario, platform, variant, batch, round,
        unnest(from_json(detail -> '$.findings',
            '[{"code": "VARCHAR", "severity": "VARCHAR", "bytes": "BIGINT", "seconds": "DOUBLE", "dockerfile": "VARCHAR", "line": "INTEGER", "advice": "VARCHAR"}]')) AS finding
    FROM runs
);

-- What dp-report said (--format jsonl): one row each metric of each series.
CREATE OR REPLACE VIEW verdicts AS
SELECT
    subject.name AS name,
    subject.scenario AS scenario,
    subject.platform AS platform,
    subject.variant AS variant,
    "at",
    meta,
    unnest(from_json(detail,
        '{"kind": "VARCHAR", "metric": "VARCHAR", "unit": "VARCHAR", "n": "INTEGER", "median": "DOUBLE", "low": "DOUBLE", "high": "DOUBLE", "verdict": "VARCHAR", "reason": "VARCHAR", "baseline_median": "DOUBLE", "change": "DOUBLE", "change_ratio": "DOUBLE", "change_low": "DOUBLE", "change_high": "DOUBLE", "floor": "DOUBLE", "minimum_detectable": "DOUBLE", "p": "DOUBLE"}'))
FROM records
WHERE kind = 'verdict' AND (detail ->> '$.metric') IS NOT NULL;
