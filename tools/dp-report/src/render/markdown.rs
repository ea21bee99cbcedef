//! For pages and comments. Text from records stands in code spans, where it
//! can neither mention people nor break the table.

use crate::render::advice;
use crate::render::demands;
use crate::render::grid::{Align, Column};
use crate::render::reasons::{Explained, reasons};
use crate::render::sheet::{Entry, Sheet};
use crate::render::words;
use crate::report::{Advice, Failures, Part, Report, Table, Usage};

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(words::counts(report).map(|counts| format!("**{counts}**\n")));
    parts.extend(report.tables.iter().flat_map(|shown| table(shown, report)));
    parts.extend(section("failed", report.failures.iter().flat_map(failure)));
    let missing = report.missing.iter().map(|missing| item(&words::missing(missing)));
    parts.extend(section("missing", missing));
    parts.extend(section("notes", report.notes.iter().map(|note| item(note))));
    for (title, usages) in words::usages(report) {
        parts.extend(section(title, usages.iter().flat_map(usage)));
    }
    for (title, all) in advice::sections(report) {
        parts.extend(section(title, all.iter().flat_map(findings)));
    }
    parts.extend(budget(report));
    parts.extend(foot(report));
    parts.join("\n")
}

/// The figures, and how they compare.
fn table(table: &Table, report: &Report) -> Vec<String> {
    let sheet = Sheet::of_figures(table);
    let mut figures = titled(&words::title(table, sheet.only_subject()), &sheet);
    let changes = Sheet::of_changes(table).map(|sheet| {
        let title = words::compared_title(table, sheet.only_subject(), &report.against);
        let reasons: String = reasons(table).iter().map(reason).collect();
        let gap = if reasons.is_empty() { "" } else { "\n" };
        titled(&title, &sheet) + gap + &reasons
    });
    if let Some(way) = words::way_to_verdict(table, &report.against) {
        figures.extend(["\n", &escape(&way), "\n"]);
    }
    [figures].into_iter().chain(changes).collect()
}

fn titled(title: &str, sheet: &Sheet) -> String {
    let only = sheet.only_subject().is_some();
    let names = [("metric", Align::Left), ("subject", Align::Left)];
    let names = names.into_iter().filter(|(name, _)| !only || *name == "metric");
    let header: Vec<Column> = names.chain(sheet.header.iter().copied()).collect();
    let heads: Vec<String> = header.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rules: Vec<String> = header.iter().map(|(_, align)| rule(*align)).collect();
    let mut text = [format!("### {}\n\n", code(title)), row(&heads), row(&rules)].concat();
    let mut metric = "";
    for entry in &sheet.entries {
        text.push_str(&entry_row(entry, only, entry.metric != metric));
        metric = &entry.metric;
    }
    text
}

/// The metric stands in its first row only; names come from records.
fn entry_row(entry: &Entry, only: bool, begins: bool) -> String {
    let name = |text: &str| code(text).replace('|', "\\|");
    let baseline = if entry.of_baseline { "baseline" } else { "" };
    let metric = if begins { name(&entry.metric) } else { String::new() };
    let subject = match (only, entry.of_baseline) {
        (true, _) => None,
        (false, false) if entry.subject.is_empty() => Some(String::new()),
        (false, false) => Some(name(&entry.subject)),
        (false, true) => Some(format!("{} {baseline}", name(&entry.subject))),
    };
    let metric = if only && entry.of_baseline { baseline.to_owned() } else { metric };
    let cells = entry.cells.iter().map(|cell| escape(&cell.text));
    row(&[metric].into_iter().chain(subject).chain(cells).collect::<Vec<_>>())
}

fn reason(reason: &Explained) -> String {
    let metrics =
        |metrics: &[String]| metrics.iter().map(|metric| code(metric)).collect::<Vec<_>>();
    let who = reason
        .who
        .iter()
        .map(|(subject, of)| format!("{} ({})", code(subject), metrics(of).join(", ")));
    let who: Vec<String> = who.collect();
    let verdict = reason.verdict.map_or_else(String::new, |verdict| format!("**{verdict}**: "));
    format!("- {verdict}{}: {}\n", who.join(", "), escape(&reason.text))
}

fn rule(align: Align) -> String {
    match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn failure(failures: &Failures) -> Vec<String> {
    let shown = failures.shown.iter().map(|failure| {
        let (place, run, message) = (&failure.place, &failure.run, &failure.message);
        format!("  - {run} ({}): {}\n", code(place), code(message))
    });
    [item(&words::failures(failures))].into_iter().chain(shown).collect()
}

fn usage(usage: &Usage) -> Vec<String> {
    let parts = usage.parts.iter().map(|part| part_line(part, usage));
    let others = words::others(usage).map(|others| format!("  - {others}\n"));
    [item(&usage.label)].into_iter().chain(parts).chain(others).collect()
}

fn part_line(part: &Part, usage: &Usage) -> String {
    let (amount, line) = (words::amounts(usage).show(part.amount), words::line(part));
    let often = words::how_often(part, usage);
    format!("  - {amount} {line} {}{often}\n", code(&part.text))
}

fn findings(advice: &Advice) -> Vec<String> {
    let others = advice::others(advice).map(|others| format!("  - {others}\n"));
    let lines = advice::lines(advice);
    let shown = lines.iter().map(to_do);
    [item(&advice.label)].into_iter().chain(shown).chain(others).collect()
}

fn to_do(line: &advice::Line) -> String {
    let what: Vec<String> = line.what.iter().map(|text| code(text)).collect();
    let (amount, place, text) = (&line.amount, &line.place, escape(&line.advice));
    let space = if place.is_empty() { "" } else { " " };
    format!("  - {amount}{space}{place} {}: {text}\n", what.join(" "))
}

fn budget(report: &Report) -> Option<String> {
    let (title, sheet) = demands::sheet(report)?;
    let broken = demands::broken(report);
    let broken = broken
        .iter()
        .map(|(outcome, sentence)| format!("- **{}**: {}\n", outcome.word(), code(sentence)));
    let broken: String = broken.collect();
    let gap = if broken.is_empty() { "" } else { "\n" };
    Some(titled(&title, &sheet) + gap + &broken)
}

fn foot(report: &Report) -> Option<String> {
    let grounds = report.grounds.iter().map(|ground| format!("ground: {}", code(ground)));
    let method = words::method(report).map(|method| escape(&method));
    let lines: Vec<String> = grounds.chain(method).collect();
    (!lines.is_empty()).then(|| lines.join("  \n") + "\n")
}

fn section(title: &str, items: impl Iterator<Item = String>) -> Option<String> {
    let items: String = items.collect();
    (!items.is_empty()).then(|| format!("### {title}\n\n{items}"))
}

fn item(text: &str) -> String {
    format!("- {}\n", code(text))
}

/// A code span; its fence is longer than any run of backticks within.
pub(crate) fn code(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Text outside of code spans.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            // A joiner of no width: a comment must not call people.
            '@' => escaped.push_str("@\u{2060}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                escaped.push('\\');
                escaped.push(char);
            }
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_holds_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
    }

    #[test]
    fn a_name_cannot_add_a_column() {
        let entry = Entry {
            metric: "m|1".to_owned(),
            subject: "a|b".to_owned(),
            of_baseline: false,
            cells: vec!["c|d".into()],
        };
        assert_eq!(entry_row(&entry, false, true), "| `m\\|1` | `a\\|b` | c\\|d |\n");
        assert_eq!(entry_row(&entry, false, false), "|  | `a\\|b` | c\\|d |\n");
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escape("<b>*x*</b>"), "&lt;b>\\*x\\*&lt;/b>");
        assert_eq!(escape("@all"), "@\u{2060}all");
    }
}
