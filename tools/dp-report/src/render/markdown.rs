//! For pages and comments. Text from records is in code spans, where it can
//! neither mention people nor break the table.

use crate::report::breakdown::{Breakdown, BreakdownPart};
use crate::report::grid::{Align, Heading};
use crate::report::sections::{Body, Item, Section, Span};
use crate::report::sheet::{Entry, Sheet};
use crate::report::{Report, words};

/// The whole report.
pub(crate) fn render(report: &Report) -> String {
    let counts = words::counts(report).map(|counts| format!("**{counts}**\n"));
    let sections = report.sections();
    let conditions: Vec<String> = report.conditions().iter().map(|line| marked(line)).collect();
    let conditions = (!conditions.is_empty()).then(|| conditions.join("  \n") + "\n");
    let parts = counts.into_iter().chain(sections.iter().map(section)).chain(conditions);
    parts.collect::<Vec<_>>().join("\n")
}

fn section(section: &Section<'_>) -> String {
    let title = &section.title;
    let title = if title.from_records { code(&title.text) } else { title.text.clone() };
    let body = match &section.body {
        Body::Table { sheet, remarks, .. } => {
            let gap = if remarks.is_empty() { "" } else { "\n" };
            let remarks = remarks.iter().map(|line| format!("- {}\n", marked(line)));
            table(sheet) + gap + &remarks.collect::<String>()
        }
        Body::List(items) => items.iter().map(item).collect(),
        Body::Breakdowns(list) => list.iter().map(breakdown).collect(),
    };
    format!("### {title}\n\n{body}")
}

fn marked(line: &[Span]) -> String {
    let marked = line.iter().map(|span| match span {
        Span::Plain(text) => escape(text),
        Span::Strong(word) => format!("**{word}**"),
        Span::Quoted(text) => code(text),
    });
    marked.collect()
}

fn item(item: &Item) -> String {
    let below = item.below.iter().map(|line| format!("  - {}\n", marked(line)));
    [format!("- {}\n", marked(&item.line))].into_iter().chain(below).collect()
}

fn breakdown(breakdown: &Breakdown) -> String {
    let rest = breakdown.rest.iter().map(|rest| format!("  - {rest}\n"));
    let label = format!("- {}\n", code(&breakdown.label));
    [label].into_iter().chain(breakdown.parts.iter().map(part)).chain(rest).collect()
}

fn part(part: &BreakdownPart) -> String {
    let names: Vec<String> = part.names.iter().map(|name| code(name)).collect();
    let space = if part.place.is_empty() { "" } else { " " };
    let advice = if part.advice.is_empty() { "" } else { ": " };
    let (amount, place, often) = (&part.amount, &part.place, &part.how_often);
    let advice = format!("{advice}{}", escape(&part.advice));
    format!("  - {amount}{space}{place} {}{often}{advice}\n", names.join(" "))
}

fn table(sheet: &Sheet) -> String {
    let only = sheet.only_subject().is_some();
    let names = [Some(sheet.rows.alone), (!only).then_some("subject")];
    let names = names.into_iter().flatten().map(|name| (name.into(), Align::Left));
    let header: Vec<Heading> = names.chain(sheet.header.iter().cloned()).collect();
    let heads: Vec<String> = header.iter().map(|(name, _)| name.clone().into_owned()).collect();
    let rules: Vec<String> = header.iter().map(|(_, align)| rule(*align)).collect();
    let mut text = row(&heads) + &row(&rules);
    let mut metric = "";
    for entry in &sheet.entries {
        text.push_str(&entry_row(entry, only, entry.metric != metric));
        metric = &entry.metric;
    }
    text
}

/// The metric is in its first row only; names come from records.
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

fn rule(align: Align) -> String {
    match align {
        Align::Left => "---".to_owned(),
        Align::Right => "---:".to_owned(),
    }
}

/// The first two lines of a table.
pub(crate) fn header(columns: &[(&str, Align)]) -> String {
    let heads: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rules: Vec<String> = columns.iter().map(|(_, align)| rule(*align)).collect();
    row(&heads) + &row(&rules)
}

/// A line of a table, of cells that are Markdown already.
pub(crate) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
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
