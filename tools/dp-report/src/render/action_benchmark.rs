//! For github-action-benchmark: a list of values of which all are better in
//! the same direction (`customSmallerIsBetter`, `customBiggerIsBetter`).

use dp_record::{Better, Unit, printable};
use serde_json::{Map, Value, json};

use crate::input::label;
use crate::input::measure::Measure;
use crate::judge::summary::Summary;
use crate::render::values::number;
use crate::report::words;
use crate::report::{Report, Row};
use crate::scale::UnitName;

/// Characters of a name.
const NAME_CHARS: usize = 200;

/// The metrics that are better in this direction.
pub(crate) fn render(report: &Report, better: Better) -> String {
    let rows = report.input().filter(|(measure, _)| measure.better == better);
    let list: Vec<Value> = rows.filter_map(|(measure, row)| entry(measure, row)).collect();
    format!("{:#}\n", Value::from(list))
}

fn entry(measure: &Measure, row: &Row) -> Option<Value> {
    let summary = row.summary.as_ref()?;
    let mut entry = Map::new();
    let name = format!("{} {}", label::full(&row.key), printable(&measure.name, NAME_CHARS));
    entry.insert("name".to_owned(), name.into());
    entry.insert("unit".to_owned(), unit(measure).into());
    entry.insert("value".to_owned(), number(summary.median));
    if let Some(range) = range(summary) {
        entry.insert("range".to_owned(), range.into());
    }
    entry.insert("extra".to_owned(), json!(words::figures(measure, row)));
    Some(Value::Object(entry))
}

/// The action knows `s`, `ms`... and takes other words as they are.
fn unit(measure: &Measure) -> String {
    match &measure.unit {
        UnitName::Known(Unit::Seconds) => "s".to_owned(),
        unit => printable(&unit.word(), NAME_CHARS),
    }
}

/// The half width of the median's interval. The action reads a number of at
/// least two characters after `±`.
fn range(summary: &Summary) -> Option<String> {
    let (low, high) = summary.interval?;
    let half = (summary.median - low).max(high - summary.median);
    Some(format!("± {half:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::measure::Measure;
    use crate::input::selection::Selection;
    use dp_math::Sample;

    #[test]
    fn the_range_is_the_half_width_of_the_interval() {
        let measure = Measure::of("bench", "n", None, &Selection::default());
        let summary =
            |values: &[f64]| Summary::of(&Sample::new(values.to_vec()).unwrap(), &measure);
        // Six values: their interval is their range, 1 to 8 about 3.5.
        assert_eq!(range(&summary(&[1.0, 2.0, 3.0, 4.0, 5.0, 8.0])).unwrap(), "± 4.5");
        assert_eq!(range(&summary(&[2.0; 6])).unwrap(), "± 0.0");
        assert_eq!(range(&summary(&[2.0; 5])), None);
    }
}
