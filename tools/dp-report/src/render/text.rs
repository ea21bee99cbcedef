//! For people at a terminal.

use crate::render::aligned::aligned;
use crate::render::screen::{Screen, shorten, width, wrap};
use crate::report::breakdown::{Breakdown, BreakdownPart};
use crate::report::grid::Tone;
use crate::report::result::{self, Answer, Outcome};
use crate::report::sections::{Body, Item, Section, Span};
use crate::report::{Report, words};

/// Lines of the result, above all else.
const RESULT_LINES: usize = 15;

/// The whole report. It begins with its result; the counts come last, where a terminal
/// shows them.
pub(crate) fn render(report: &Report, screen: &Screen) -> String {
    let text = Text { screen };
    let conditions: String =
        report.conditions().iter().map(|line| text.wrapped(&joined(line), "", 2)).collect();
    let counts = words::counts(report).map(|counts| text.wrapped(&counts, "", 2));
    let sections = report.sections();
    let sections = sections.iter().map(|section| text.section(section));
    let conditions = (!conditions.is_empty()).then_some(conditions);
    let result = text.result(&result::of(report));
    let all = result.into_iter().chain(conditions).chain(sections).chain(counts);
    all.collect::<Vec<_>>().join("\n")
}

struct Text<'a> {
    screen: &'a Screen,
}

impl Text<'_> {
    /// What came out, the worst first, with the line at fault as far as there is room;
    /// none where nothing did.
    fn result(&self, answer: &Answer<'_>) -> Option<String> {
        let mut told: Vec<String> = Vec::new();
        let lines = |told: &[String]| told.iter().map(|text| text.lines().count()).sum::<usize>();
        let beyond: usize = answer.more.iter().map(|(count, _)| count).sum();
        for one in &answer.outcomes {
            let head = self.outcome(one);
            // The last line says how many more there are.
            if lines(&told) + head.lines().count() + 1 > RESULT_LINES {
                break;
            }
            told.push(head);
        }
        let left_out = answer.outcomes.len() - told.len() + beyond;
        for (at, one) in answer.outcomes.iter().enumerate().take(told.len()) {
            let why = self.wrapped(&one.why, "  ", 4);
            let room = RESULT_LINES - usize::from(left_out > 0);
            if !one.why.is_empty() && lines(&told) + why.lines().count() <= room {
                told[at].push_str(&why);
            }
        }
        let more = (left_out > 0).then(|| format!("and {left_out} more: see below\n"));
        Some(told.into_iter().chain(more).collect::<String>()).filter(|text| !text.is_empty())
    }

    /// `regressed: build app: wall_seconds: +25.8 % (+535 ms)`.
    fn outcome(&self, one: &Outcome<'_>) -> String {
        let said = [one.word.as_str(), &one.what, &one.figures].into_iter();
        let said = said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
        let text = self.wrapped(&said, "", 4);
        text.replacen(&one.word, &self.screen.paint(&one.word, one.tone), 1)
    }

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
