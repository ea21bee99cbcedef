//! As `hyperfine --export-json` writes it, for its own and other people's
//! plotting scripts: of each kind the first metric in seconds.
//!
//! `user` and `system` are absent: dp does not measure them for these metrics,
//! and a 0 would be a measurement.

use dp_math::Sample;
use dp_record::Unit;
use serde_json::{Map, Value, json};

use crate::input::label;
use crate::input::measure::Measure;
use crate::render::values::number;
use crate::report::{Report, Row, Table};
use crate::scale::UnitName;

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let of_table = |table| {
        let first = first_time(table);
        report.input_of(table).filter(move |(measure, _)| first == Some(*measure))
    };
    let rows = report.tables.iter().flat_map(of_table);
    let results: Vec<Value> = rows.filter_map(|(_, row)| result(row)).collect();
    format!("{:#}\n", json!({ "results": results }))
}

/// The first metric in seconds: headlines come first.
fn first_time(table: &Table) -> Option<&Measure> {
    let seconds = UnitName::Known(Unit::Seconds);
    table.blocks.iter().map(|block| &block.measure).find(|measure| measure.unit == seconds)
}

fn result(row: &Row) -> Option<Value> {
    let sample = Sample::new(row.values.clone()).ok()?;
    let mut parameters = Map::new();
    let parts = [
        ("scenario", &row.key.scenario),
        ("platform", &row.key.platform),
        ("variant", &row.key.variant),
    ];
    for (name, part) in parts {
        if let Some(part) = part {
            parameters.insert(name.to_owned(), part.as_str().into());
        }
    }
    let mut result = json!({
        "command": label::full(&row.key),
        "mean": number(sample.mean()),
        "stddev": sample.standard_deviation().map(number),
        "median": number(sample.median()),
        "min": number(sample.min()),
        "max": number(sample.max()),
        "times": row.values.iter().copied().map(number).collect::<Vec<_>>(),
        "parameters": parameters,
    });
    for (statistic, value) in &row.statistics {
        if result.get(statistic.word()).is_none() {
            result[statistic.word()] = json!(value.map(number));
        }
    }
    Some(result)
}
