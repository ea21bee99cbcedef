//! Bencher Metric Format: JSON that `bencher run --adapter json` reads. A benchmark is a
//! series, a measure a metric: its median, with the interval of that where it is known.

use std::collections::HashMap;

use dp_record::{SeriesKey, printable};
use serde_json::{Map, Value};

use crate::input::measure::Measure;
use crate::judge::summary::Summary;
use crate::render::values::number;
use crate::report::{Report, Row};

/// Characters of each of the five parts of a benchmark's name, which may have 1024.
const PART_CHARS: usize = 190;
/// Characters of a measure's name.
const MEASURE_CHARS: usize = 64;

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut benchmarks = Map::new();
    let mut names: HashMap<&SeriesKey, String> = HashMap::new();
    for (measure, row) in report.input() {
        let Some(summary) = &row.summary else { continue };
        let unlike_others = || unlike(benchmark(&row.key), |name| benchmarks.contains_key(name));
        let name = names.entry(&row.key).or_insert_with(unlike_others);
        let measures = benchmarks.entry(name.clone()).or_insert_with(|| Map::new().into());
        if let Some(measures) = measures.as_object_mut() {
            add(measures, measure, (row, summary));
        }
    }
    format!("{:#}\n", Value::Object(benchmarks))
}

/// Kind, name, scenario, platform and variant, as far as they are known.
fn benchmark(key: &SeriesKey) -> String {
    let parts = [
        Some(&key.kind),
        Some(&key.name),
        key.scenario.as_ref(),
        key.platform.as_ref(),
        key.variant.as_ref(),
    ];
    let parts = parts.into_iter().flatten().map(|part| printable(part, PART_CHARS));
    parts.collect::<Vec<_>>().join(" ")
}

/// The median under the metric's name, and each figure of `--stat` under a name of its own.
fn add(measures: &mut Map<String, Value>, measure: &Measure, (row, summary): (&Row, &Summary)) {
    let mut median = Map::new();
    median.insert("value".to_owned(), number(summary.median));
    if let Some((low, high)) = summary.interval {
        median.insert("lower_value".to_owned(), number(low));
        median.insert("upper_value".to_owned(), number(high));
    }
    let median = (measure.name.clone(), Value::Object(median));
    let more = row.statistics.iter().filter_map(|(statistic, value)| {
        let value: Map<String, Value> =
            [("value".to_owned(), number((*value)?))].into_iter().collect();
        Some((format!("{} {}", measure.name, statistic.word()), Value::Object(value)))
    });
    for (name, metric) in [median].into_iter().chain(more) {
        let name = printable(&name, MEASURE_CHARS);
        let name = unlike(name, |name| measures.contains_key(name));
        measures.insert(name, metric);
    }
}

/// The name, with a number behind it where names that differ look alike.
fn unlike(name: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&name) {
        return name;
    }
    let numbered = (2..).map(|n| format!("{name} {n}"));
    numbered.into_iter().find(|name| !is_taken(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_numbered() {
        let taken = ["a", "a 2"];
        let is_taken = |name: &str| taken.contains(&name);
        assert_eq!(unlike("b".to_owned(), is_taken), "b");
        assert_eq!(unlike("a".to_owned(), is_taken), "a 3");
    }
}
