//! The views of `docs/sql` give the figures that dp-report gives.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

mod python;

use std::path::Path;

use dp_testkit::Tool;
use serde_json::{Value, json};

use python::python;

const DUCKDB: &str = "duckdb==2.0.0";

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// Reads the views over the files that stdin names, and prints the rows of the queries.
const SCRIPT: &str = "
import duckdb, json, sys
asked = json.load(sys.stdin)
db = duckdb.connect()
db.execute('SET VARIABLE records = ' + json.dumps(asked['records']).replace('\"', \"'\"))
db.execute(open(asked['views']).read())
print(json.dumps([db.execute(query).fetchall() for query in asked['queries']], default=str))
";

/// The rows of each query over these files; none where that cannot be had.
fn rows(files: &[String], queries: &[&str]) -> Option<Vec<Vec<Value>>> {
    let views = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql/records.sql");
    let asked = json!({ "records": files, "views": views, "queries": queries });
    match python(DUCKDB, SCRIPT, &asked.to_string()) {
        Ok(rows) => Some(serde_json::from_str(&rows).unwrap()),
        Err(reason) => {
            dp_testkit::skip(&reason);
            None
        }
    }
}

fn file(name: &str) -> String {
    format!("{FILES}/{name}")
}

/// What dp-report says of each metric of each series, by kind, name and metric.
fn reported(name: &str) -> Vec<Value> {
    let arguments = [name, "--all", "--stat", "mean,mad,stddev,p95", "--format", "jsonl"];
    let text = Tool::new("dp-report").args(arguments).at(FILES.as_ref()).run().stdout;
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let rows = records
        .filter(|record| record["detail"]["n"].is_number())
        .map(|record| {
            let (subject, detail) = (&record["subject"], &record["detail"]);
            let figures = &detail["statistics"];
            json!([
                detail["kind"],
                subject["name"],
                detail["metric"],
                subject["scenario"],
                subject["variant"],
                detail["n"],
                detail["median"],
                detail["min"],
                detail["max"],
                figures["mean"],
                figures["mad"],
                figures["stddev"]
            ])
        })
        .collect();
    sorted(rows)
}

/// By kind, name, metric, scenario and variant.
fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(|row| [0, 1, 2, 3, 4].map(|at| row[at].to_string()));
    rows
}

#[test]
fn the_views_have_the_figures_of_dp_report() {
    let figures = "SELECT kind, name, metric, scenario, variant, n, median, min, max, mean, \
                   CASE WHEN n > 1 THEN mad END, stddev FROM series";
    for name in ["two-files.jsonl", "improved.jsonl", "starts.jsonl"] {
        let Some(found) = rows(&[file(name)], &[figures]) else { return };
        let expected = reported(name);
        let found = sorted(found[0].clone());
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(&expected) {
            for (found, expected) in
                found.as_array().unwrap().iter().zip(expected.as_array().unwrap())
            {
                let near =
                    |one: f64, other: f64| (one - other).abs() <= 1e-9 * one.abs().max(other.abs());
                match (found.as_f64(), expected.as_f64()) {
                    (Some(found), Some(expected)) => {
                        assert!(near(found, expected), "{found} {expected}");
                    }
                    _ => assert_eq!(found, expected, "{name}"),
                }
            }
        }
    }
}

#[test]
fn what_failed_or_is_missing_is_a_row_too() {
    let queries = [
        "SELECT name, warmup, code FROM failures ORDER BY warmup DESC",
        "SELECT kind, name, scenario, batch, planned, seen FROM missing",
        "SELECT count(*) FROM runs",
    ];
    let Some(found) = rows(&[file("failed.jsonl")], &queries) else { return };
    assert_eq!(
        json!(found[0]),
        json!([["head", true, "step_failed"], ["head", false, "step_failed"]])
    );
    assert_eq!(json!(found[1]), json!([["build", "head", "warm", "b1", 3, 2]]));
    assert_eq!(json!(found[2]), json!([[4]]));
}

#[test]
fn steps_layers_findings_and_verdicts_are_tables() {
    let folder = tempfile::tempdir().unwrap();
    let verdicts = folder.path().join("verdicts.jsonl").display().to_string();
    let written = ["improved.jsonl", "--against", "main", "--format", &format!("jsonl={verdicts}")];
    let _ = Tool::new("dp-report").args(written).at(FILES.as_ref()).run().expect(0);
    let files = [file("findings.jsonl"), verdicts];
    let queries = [
        "SELECT line, state FROM steps",
        "SELECT bytes, instruction[:4] FROM layers ORDER BY bytes DESC",
        "SELECT code, bytes, line FROM findings WHERE bytes >= 1000000 ORDER BY bytes DESC",
        "SELECT name, kind, metric, verdict, n FROM verdicts WHERE verdict IS NOT NULL",
    ];
    let Some(found) = rows(&files, &queries) else { return };
    assert_eq!(json!(found[0]), json!([[7, "cached"]]));
    assert_eq!(json!(found[1]), json!([[60_000_000, "FROM"], [30_000_000, "RUN "]]));
    let expected = json!([["removed_later", 3_000_000, 7], ["docs", 1_048_614, null]]);
    assert_eq!(json!(found[2]), expected);
    assert_eq!(json!(found[3]), json!([["head", "build", "wall_seconds", "improved", 8]]));
}
