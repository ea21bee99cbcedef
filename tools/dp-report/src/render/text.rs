//! For people at a terminal.

use crate::render::aligned::aligned;
use crate::render::screen::{Screen, shorten, width, wrap};
use crate::report::breakdown::{Breakdown, BreakdownPart};
use crate::report::grid::Tone;
use crate::report::sections::{Body, Item, Section, Span};
use crate::report::{Report, words};

/// The whole report. What people look for first, the counts, comes last, where
/// a terminal shows it.
pub(crate) fn render(report: &Report, screen: &Screen) -> String {
    let text = Text { screen };
    let conditions: String =
        report.conditions().iter().map(|line| text.wrapped(&joined(line), "", 2)).collect();
    let counts = words::counts(report).map(|counts| text.wrapped(&counts, "", 2));
    let sections = report.sections();
    let sections = sections.iter().map(|section| text.section(section));
    let conditions = (!conditions.is_empty()).then_some(conditions);
    conditions.into_iter().chain(sections).chain(counts).collect::<Vec<_>>().join("\n")
}

struct Text<'a> {
    screen: &'a Screen,
}

impl Text<'_> {
    fn section(&self, section: &Section<'_>) -> String {
        let mut text = String::new();
        for line in self.wrapped(&section.title.text, "", 2).lines() {
            text.push_str(&self.screen.paint(line, Tone::Heading));
            text.push('\n');
        }
        match &section.body {
            Body::Table { sheet, remarks, .. } => {
                text.push_str(&aligned(&sheet.grid(), self.screen));
                text.extend(remarks.iter().map(|line| self.line(&joined(line))));
            }
            Body::List(items) => text.extend(items.iter().map(|item| self.item(item))),
            Body::Breakdowns(list) => text.extend(list.iter().map(|one| self.breakdown(one))),
        }
        text
    }

    fn item(&self, item: &Item) -> String {
        let below = item.below.iter().map(|line| self.wrapped(&joined(line), "   ", 5));
        [self.line(&joined(&item.line))].into_iter().chain(below).collect()
    }

    fn breakdown(&self, breakdown: &Breakdown) -> String {
        let parts = breakdown.parts.iter().map(|part| self.part(part));
        let rest = breakdown.rest.iter().map(|rest| format!(" {:12}  {:9} {rest}\n", "", ""));
        [self.line(&breakdown.label)].into_iter().chain(parts).chain(rest).collect()
    }

    /// One line, and what to do below: on a terminal a long instruction loses
    /// its middle.
    fn part(&self, part: &BreakdownPart) -> String {
        let before = format!(" {:>12}  {:<9} ", part.amount, part.place);
        let room = self.screen.columns.unwrap_or(usize::MAX);
        let room = room.saturating_sub(width(&before) + width(&part.how_often));
        let names = shorten(&part.names.join(" "), room);
        let line = format!("{before}{names}{}\n", part.how_often);
        if part.advice.is_empty() {
            return line;
        }
        let indent = width(&before);
        line + &self.wrapped(&part.advice, &" ".repeat(indent), indent)
    }

    fn line(&self, text: &str) -> String {
        self.wrapped(text, " ", 3)
    }

    fn wrapped(&self, text: &str, first: &str, indent: usize) -> String {
        wrap(text, first, indent, self.screen.prose_columns())
    }
}

fn joined(line: &[Span]) -> String {
    line.iter().map(Span::text).collect()
}
