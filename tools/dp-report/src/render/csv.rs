//! For spreadsheets and data frames: a line each metric of each series
//! (RFC 4180, with the line ends of Unix). The columns are the fields of the
//! `verdict` records; what is not known is empty.

use dp_record::{VerdictDetail, printable};
use serde::Serialize;

use crate::report::{Report, Row, verdicts};

/// Characters of a text.
const TEXT_CHARS: usize = 500;

/// Whose metric it is; the kind is in the row.
#[derive(Debug, Serialize)]
struct Subject {
    name: String,
    scenario: Option<String>,
    platform: Option<String>,
    variant: Option<String>,
}

/// The whole report.
///
/// # Errors
/// Those of the writer, which memory does not have.
pub(crate) fn render(report: &Report) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for block in report.tables.iter().flat_map(|table| &table.blocks) {
        for row in &block.rows {
            writer.serialize((subject(row), guarded(verdicts::of_row(&block.measure, row))))?;
        }
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes)?)
}

fn subject(row: &Row) -> Subject {
    let key = &row.key;
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
