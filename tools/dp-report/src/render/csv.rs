//! For spreadsheets and data frames: a line each metric of each series
//! (RFC 4180, with the line ends of Unix). The names of the columns are those of the `verdict` records.

use dp_record::printable;

use crate::compare::{Change, Comparison, Test};
use crate::measure::Measure;
use crate::render::number::plain;
use crate::report::{Report, Row};
use crate::summary::Summary;
use crate::verdict::Verdict;

/// The columns; what is not known is empty.
const HEADER: [&str; 26] = [
    "kind",
    "name",
    "scenario",
    "platform",
    "variant",
    "metric",
    "unit",
    "better",
    "is_baseline",
    "n",
    "median",
    "low",
    "high",
    "min",
    "max",
    "outliers",
    "verdict",
    "shift",
    "shift_ratio",
    "shift_low",
    "shift_high",
    "smallest_seen",
    "method",
    "pairs_or_runs",
    "p",
    "reason",
];
/// Characters of a text.
const TEXT_CHARS: usize = 500;

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut text = line(&HEADER.map(str::to_owned));
    let blocks = report.tables.iter().flat_map(|table| &table.blocks);
    for block in blocks {
        for row in &block.rows {
            text.push_str(&line(&cells(&block.measure, row)));
        }
    }
    text
}

fn cells(measure: &Measure, row: &Row) -> Vec<String> {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let mut cells = vec![
        row.key.kind.clone(),
        row.key.name.clone(),
        part(&row.key.scenario),
        part(&row.key.platform),
        part(&row.key.variant),
        measure.name.clone(),
        measure.unit.word(),
        measure.better.to_string(),
        row.is_baseline.to_string(),
    ];
    cells.extend(figures(row.summary.as_ref()));
    cells.extend(comparison(row.comparison.as_ref()));
    cells
}

fn figures(summary: Option<&Summary>) -> [String; 7] {
    let Some(summary) = summary else {
        return ["0", "", "", "", "", "", ""].map(str::to_owned);
    };
    let (low, high) = summary.interval.unzip();
    let known = |value: Option<f64>| value.map(plain).unwrap_or_default();
    [
        summary.n.to_string(),
        plain(summary.median),
        known(low),
        known(high),
        plain(summary.min),
        plain(summary.max),
        summary.outliers.to_string(),
    ]
}

fn comparison(comparison: Option<&Comparison>) -> Vec<String> {
    let verdict = comparison.and_then(|comparison| comparison.verdict).map(Verdict::word);
    let change = comparison.and_then(|comparison| comparison.change.as_ref());
    let reason = comparison.and_then(|comparison| comparison.reason.as_ref());
    let mut cells = vec![verdict.unwrap_or_default().to_owned()];
    cells.extend(change.map_or_else(|| [const { String::new() }; 8], shift));
    cells.push(reason.map(ToString::to_string).unwrap_or_default());
    cells
}

fn shift(change: &Change) -> [String; 8] {
    let known = |value: Option<f64>| value.map(plain).unwrap_or_default();
    let (low, high) = change.interval.unzip();
    let (method, count) = match change.test {
        Test::Exact => ("exact", String::new()),
        Test::Paired { rounds } => ("signed_rank", rounds.to_string()),
        Test::Separate { baseline, subject, .. } => ("rank_sum", format!("{subject} v {baseline}")),
    };
    [
        plain(change.estimate),
        known(change.relative(change.estimate)),
        known(low),
        known(high),
        known(change.smallest_seen),
        method.to_owned(),
        count,
        known(change.p),
    ]
}

fn line(cells: &[String]) -> String {
    let cells: Vec<String> =
        cells.iter().map(|cell| quoted(&printable(cell, TEXT_CHARS))).collect();
    cells.join(",") + "\n"
}

/// Quoted where it must be.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"']) || cell.starts_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_quotes_stay_within_their_cell() {
        let text = line(&["a,b", "say \"x\"", "plain", "two\nlines"].map(str::to_owned));
        assert_eq!(text, "\"a,b\",\"say \"\"x\"\"\",plain,two lines\n");
    }
}
