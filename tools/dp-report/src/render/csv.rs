//! For spreadsheets and data frames: a line each metric of each series, then one
//! each series of which runs failed or are missing, or that was not compared; these
//! have no metric (RFC 4180, with the line ends of Unix). The columns are the fields of
//! the `verdict` records and those of `--stat`; what is not known is empty.

use dp_record::{Metrics, SeriesKey, VerdictDetail, printable};
use serde::Serialize;
use serde_json::Value;

use crate::judge::statistic::Statistic;
use crate::render::values::number;
use crate::report::{Report, Table, verdicts, words};

/// Characters of a text.
const TEXT_CHARS: usize = 500;

/// Whose metric it is; the kind is in the row.
#[derive(Debug, Default, Serialize)]
struct Subject {
    name: String,
    scenario: Option<String>,
    platform: Option<String>,
    variant: Option<String>,
}

/// A line: whose it is, what is said, and the figures of `--stat`.
type Line = (Subject, VerdictDetail, Vec<Option<Value>>);

/// The whole report.
///
/// # Errors
/// Those of the writer, which memory does not have.
pub(crate) fn render(report: &Report) -> anyhow::Result<String> {
    let statistics = report.tables.first().map_or_else(Vec::new, Table::statistics);
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(header(&statistics)?)?;
    for line in rows(report).chain(unsaid(report, statistics.len())) {
        writer.serialize(line)?;
    }
    text_of(writer)
}

/// The names of the columns. Those of the fields come from the fields themselves.
fn header(statistics: &[Statistic]) -> anyhow::Result<Vec<String>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.serialize((Subject::default(), VerdictDetail::default()))?;
    let fields = text_of(writer)?;
    let fields = csv::Reader::from_reader(fields.as_bytes()).headers()?.clone();
    let fields = fields.iter().map(str::to_owned);
    Ok(fields.chain(statistics.iter().map(|one| one.word())).collect())
}

fn text_of(writer: csv::Writer<Vec<u8>>) -> anyhow::Result<String> {
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes)?)
}

fn rows(report: &Report) -> impl Iterator<Item = Line> {
    report.tables.iter().flat_map(|table| &table.blocks).flat_map(|block| {
        block.rows.iter().map(move |row| {
            let figures = row.statistics.iter().map(|(_, value)| value.map(number)).collect();
            // They have columns of their own.
            let detail = VerdictDetail {
                statistics: Metrics::default(),
                ..verdicts::of_row(&block.measure, row)
            };
            (subject(&row.key), guarded(detail), figures)
        })
    })
}

/// What no row of a metric says.
fn unsaid(report: &Report, statistics: usize) -> impl Iterator<Item = Line> {
    let failed = report.failures.iter().map(|failures| {
        let first = failures.shown.first().map(|first| first.message.clone());
        let detail = VerdictDetail { failed: Some(failures.count), ..VerdictDetail::default() };
        (&failures.key, first, detail)
    });
    let missing = report.missing.iter().map(|missing| {
        let detail = VerdictDetail {
            batch: Some(text(&missing.batch)),
            planned: Some(missing.planned.into()),
            seen: Some(missing.seen.into()),
            ..VerdictDetail::default()
        };
        (&missing.key, Some(words::missing(missing)), detail)
    });
    let uncompared = report.uncompared.iter();
    let uncompared = uncompared
        .map(|one| (&one.subject, Some(words::uncompared(one)), VerdictDetail::default()));
    let line = move |(key, reason, detail): (&SeriesKey, Option<String>, VerdictDetail)| {
        let detail = VerdictDetail { kind: Some(key.kind.clone()), reason, ..detail };
        (subject(key), guarded(detail), vec![None; statistics])
    };
    failed.chain(missing).chain(uncompared).map(line)
}

fn subject(key: &SeriesKey) -> Subject {
    Subject {
        name: text(&key.name),
        scenario: key.scenario.as_deref().map(text),
        platform: key.platform.as_deref().map(text),
        variant: key.variant.as_deref().map(text),
    }
}

/// The row with its words from records made harmless.
fn guarded(row: VerdictDetail) -> VerdictDetail {
    VerdictDetail {
        kind: row.kind.as_deref().map(text),
        metric: row.metric.as_deref().map(text),
        unit: row.unit.as_deref().map(text),
        reason: row.reason.as_deref().map(text),
        ..row
    }
}

/// A text that no spreadsheet takes for a formula: one that begins like a
/// formula and is no number gets an apostrophe in front, as OWASP advises
/// ("CSV injection").
fn text(text: &str) -> String {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if begins && text.parse::<f64>().is_err() { "'" } else { "" };
    format!("{apostrophe}{}", printable(text, TEXT_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(row: &VerdictDetail) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.serialize(row).unwrap();
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn commas_and_quotes_stay_within_their_cell() {
        let (reason, metric) = (text("a,b say \"x\""), text("two\nlines"));
        let row = VerdictDetail {
            metric: Some(metric),
            reason: Some(reason),
            ..VerdictDetail::default()
        };
        let line = written(&row).lines().nth(1).unwrap().to_owned();
        assert!(line.starts_with(",two lines,,"), "{line}");
        assert!(line.contains(",\"a,b say \"\"x\"\"\","), "{line}");
    }

    #[test]
    fn a_text_is_no_formula_and_a_number_stays_one() {
        for formula in ["=1+2", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1", "-x", "="] {
            assert_eq!(text(formula).chars().next(), Some('\''), "{formula:?}");
        }
        for harmless in ["-5", "+1.5e3", "main", "a=b", "", "'=1"] {
            assert_eq!(text(harmless), harmless);
        }
    }
}
