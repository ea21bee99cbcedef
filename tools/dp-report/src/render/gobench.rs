//! The text format of Go benchmarks, for `benchstat`: a line each run of each metric,
//! whose unit is the metric's name.
//!
//! ```text
//! Unit wall_seconds better=lower
//! kind: build
//! BenchmarkBuild/subject=head/scenario=warm 1 1.54 wall_seconds
//! ```
//!
//! So `benchstat -col /subject FILE` compares subjects. Statistics are benchstat's own:
//! `--stat` adds nothing here.

use std::collections::BTreeMap;
use std::fmt::Write;

use dp_record::Better;

use crate::input::measure::Measure;
use crate::render::values::plain;
use crate::report::{Report, Row};

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut text = String::new();
    for (unit, known) in units(report) {
        if let Some(known) = known {
            let _ = writeln!(text, "Unit {unit}{known}");
        }
    }
    let mut kind = None;
    for (measure, row) in report.input() {
        if kind != Some(&row.key.kind) {
            kind = Some(&row.key.kind);
            let _ = writeln!(text, "kind: {}", escaped(&row.key.kind));
        }
        let (name, unit) = (name(row), escaped(&measure.name));
        for value in &row.values {
            let _ = writeln!(text, "{name} 1 {} {unit}", plain(*value));
        }
    }
    text
}

/// What is known of each unit; none where metrics of one name differ in it.
fn units(report: &Report) -> BTreeMap<String, Option<String>> {
    let mut units: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (measure, _) in report.input() {
        let known = known(measure);
        let unit = units.entry(escaped(&measure.name)).or_insert_with(|| known.clone());
        unit.take_if(|one| Some(&*one) != known.as_ref());
    }
    units
}

/// ` better=lower assume=exact`.
fn known(measure: &Measure) -> Option<String> {
    let better = match measure.better {
        Better::Lower => " better=lower",
        Better::Higher => " better=higher",
        Better::None => "",
    };
    let exact = if measure.exact { " assume=exact" } else { "" };
    Some(format!("{better}{exact}")).filter(|known| !known.is_empty())
}

/// `BenchmarkBuild/subject=head/scenario=warm`
fn name(row: &Row) -> String {
    let key = &row.key;
    let mut kind = escaped(&key.kind);
    // Go reads no benchmark whose name goes on with a small letter.
    if let Some(first) = kind.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let parts = [
        ("subject", Some(&key.name)),
        ("scenario", key.scenario.as_ref()),
        ("platform", key.platform.as_ref()),
        ("variant", key.variant.as_ref()),
    ];
    let parts =
        parts.into_iter().filter_map(|(name, part)| Some(format!("/{name}={}", escaped(part?))));
    format!("Benchmark{kind}{}", parts.collect::<String>())
}

/// A word without what ends a field or begins a part of a name (as `%20`), so that names
/// that differ stay different. A name that ends in `-8` would have been run on 8 CPUs.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        return "()".to_owned();
    }
    let is_plain = |char: char| char.is_alphanumeric() || "._:+=@,~[]{}".contains(char);
    let mut escaped = String::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        let is_suffix = char == '-' && text[at + 1..].bytes().all(|byte| byte.is_ascii_digit());
        if is_plain(char) || (char == '-' && !is_suffix) {
            escaped.push(char);
            continue;
        }
        for byte in char.encode_utf8(&mut [0; 4]).bytes() {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_stay_different_and_in_one_field() {
        assert_eq!(escaped("Dockerfile.multi-stage"), "Dockerfile.multi-stage");
        assert_eq!(escaped("a b/c%20"), "a%20b%2Fc%2520");
        assert_eq!(escaped("linux/amd64"), "linux%2Famd64");
        assert_eq!(escaped("go-8"), "go%2D8");
        assert_eq!(escaped("tab\tline\n\u{a0}"), "tab%09line%0A%C2%A0");
        assert_eq!(escaped("größe"), "größe");
        assert_eq!((escaped(""), escaped("()")), ("()".to_owned(), "%28%29".to_owned()));
    }

    #[test]
    fn a_unit_says_what_is_known_of_the_metric() {
        let measure = |kind: &str, name: &str| {
            known(&Measure::of(kind, name, None, &crate::input::selection::Selection::default()))
        };
        assert_eq!(measure("build", "wall_seconds").as_deref(), Some(" better=lower"));
        assert_eq!(measure("size", "size_bytes").as_deref(), Some(" better=lower assume=exact"));
        assert_eq!(measure("bench", "anything"), None);
    }
}
