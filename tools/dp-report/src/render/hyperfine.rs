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
    Some(json!({
        "command": label::full(&row.key),
        "mean": number(sample.mean()),
        "stddev": stddev(&sample).map(number),
        "median": number(sample.median()),
        "min": number(sample.min()),
        "max": number(sample.max()),
        "times": row.values.iter().copied().map(number).collect::<Vec<_>>(),
        "parameters": parameters,
    }))
}

/// The sample's standard deviation (n - 1), as hyperfine has it; none for one
/// value.
fn stddev(sample: &Sample) -> Option<f64> {
    let mean = sample.mean();
    let squares: f64 = sample.values().iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (sample.len() as f64 - 1.0)).sqrt();
    deviation.is_finite().then_some(deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_deviation_is_that_of_a_sample() {
        let of = |values: &[f64]| stddev(&Sample::new(values.to_vec()).unwrap());
        // Mean 5, squares 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32 over 7.
        let found = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert!((found - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(of(&[3.0]), None);
    }
}
