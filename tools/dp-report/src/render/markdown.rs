//! For pages and comments. Text from records stands in code spans, where it
//! can neither mention people nor break the table.

use crate::render::grid::{Align, Grid};
use crate::render::words::{self, Explained};
use crate::report::{Failures, Report, StepUse, Table, TimeUse};

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(words::counts(report).map(|counts| format!("**{counts}**\n")));
    parts.extend(report.tables.iter().map(table));
    parts.extend(section("failed", report.failures.iter().flat_map(failure)));
    let missing = report.missing.iter().map(|missing| item(&words::missing(missing)));
    parts.extend(section("missing", missing));
    parts.extend(section("notes", report.notes.iter().map(|note| item(note))));
    parts.extend(times(&report.times));
    parts.extend(foot(report));
    parts.join("\n")
}

fn table(table: &Table) -> String {
    let grid = Grid::of(table);
    let names: Vec<String> = grid.header.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rules: Vec<String> = grid.header.iter().map(|(_, align)| rule(*align)).collect();
    let title = format!("### {}\n\n", code(&words::title(table)));
    let mut text = [title, row(&names), row(&rules)].concat();
    for cells in &grid.rows {
        let cells: Vec<String> = cells.iter().enumerate().map(cell).collect();
        text.push_str(&row(&cells));
    }
    let reasons: String = words::reasons(table).iter().map(reason).collect();
    if reasons.is_empty() { text } else { text + "\n" + &reasons }
}

fn reason(reason: &Explained) -> String {
    let who: Vec<String> = reason.who.iter().map(|who| code(who)).collect();
    let verdict = reason.verdict.map_or_else(String::new, |verdict| format!("**{verdict}**: "));
    format!("- {}: {verdict}{}\n", who.join(", "), escape(&reason.text))
}

fn rule(align: Align) -> String {
    match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    }
}

/// The first two columns come from records.
fn cell((column, text): (usize, &String)) -> String {
    if column < 2 && !text.is_empty() { code(text).replace('|', "\\|") } else { escape(text) }
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

fn times(list: &[TimeUse]) -> Option<String> {
    let lines = list.iter().flat_map(|times| {
        let steps = times.steps.iter().map(|step| step_line(step, times));
        let others = words::others(times).map(|others| format!("  - {others}\n"));
        [item(&times.label)].into_iter().chain(steps).chain(others)
    });
    section("where the time goes (medians of the steps that ran)", lines)
}

fn step_line(step: &StepUse, times: &TimeUse) -> String {
    let (seconds, line) = (words::seconds(times).show(step.seconds), words::line(step));
    let often = words::how_often(step, times);
    format!("  - {seconds} {line} {}{often}\n", code(&step.text))
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
fn code(text: &str) -> String {
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
        assert_eq!(cell((1, &"a|b".to_owned())), "`a\\|b`");
        assert_eq!(cell((5, &"a|b".to_owned())), "a\\|b");
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escape("<b>*x*</b>"), "&lt;b>\\*x\\*&lt;/b>");
        assert_eq!(escape("@all"), "@\u{2060}all");
    }
}
