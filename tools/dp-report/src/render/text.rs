//! For people at a terminal.

use crate::render::advice;
use crate::render::aligned::aligned;
use crate::render::demands;
use crate::render::reasons::{Explained, reasons};
use crate::render::screen::{Screen, Tone, shorten, width, wrap};
use crate::render::sheet::Sheet;
use crate::render::words;
use crate::report::{Advice, Failures, Part, Report, Table, Usage};

/// The whole report.
pub(crate) fn render(report: &Report, screen: &Screen) -> String {
    let text = Text { report, screen };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(text.head());
    parts.extend(report.tables.iter().flat_map(|table| text.table(table)));
    parts.extend(text.section("failed", report.failures.iter().map(|runs| text.failures(runs))));
    let missing = report.missing.iter().map(|runs| text.line(&words::missing(runs)));
    parts.extend(text.section("missing", missing));
    parts.extend(text.section("notes", report.notes.iter().map(|note| text.line(note))));
    for (title, usages) in words::usages(report) {
        parts.extend(text.section(title, usages.iter().map(|usage| text.usage(usage))));
    }
    for (title, findings) in advice::sections(report) {
        parts.extend(text.section(title, findings.iter().map(|advice| text.advice(advice))));
    }
    parts.extend(text.budget());
    let counts = words::counts(report);
    parts.extend(counts.map(|counts| wrap(&counts, "", 2, screen.prose_columns())));
    parts.join("\n")
}

struct Text<'a> {
    report: &'a Report,
    screen: &'a Screen,
}

impl Text<'_> {
    fn head(&self) -> Option<String> {
        let columns = self.screen.prose_columns();
        let grounds = self.report.grounds.iter().map(|ground| format!("ground: {ground}"));
        let lines = grounds.chain(words::method(self.report));
        let text: String = lines.map(|line| wrap(&line, "", 2, columns)).collect();
        (!text.is_empty()).then_some(text)
    }

    /// The figures, and how they compare.
    fn table(&self, table: &Table) -> Vec<String> {
        let against = &self.report.against;
        let figures = Sheet::of_figures(table);
        let title = words::title(table, figures.only_subject());
        let mut figures = self.titled(&title, &aligned(&figures.grid(), self.screen));
        let changes = Sheet::of_changes(table).map(|sheet| {
            let only = sheet.only_subject().map(str::to_owned);
            let title = words::compared_title(table, only.as_deref(), against);
            let mut text = self.titled(&title, &aligned(&sheet.grid(), self.screen));
            for reason in reasons(table) {
                text.push_str(&self.line(&explained(&reason, only.as_deref())));
            }
            text
        });
        if let Some(way) = words::way_to_verdict(table, against) {
            figures.push_str(&self.line(&way));
        }
        [figures].into_iter().chain(changes).collect()
    }

    fn titled(&self, title: &str, text: &str) -> String {
        let mut wrapped = String::new();
        for line in wrap(title, "", 2, self.screen.prose_columns()).lines() {
            wrapped.push_str(&self.screen.paint(line, Tone::Heading));
            wrapped.push('\n');
        }
        wrapped + text
    }

    fn failures(&self, failures: &Failures) -> String {
        let columns = self.screen.prose_columns();
        let shown = failures.shown.iter().map(|failure| {
            let (place, run, message) = (&failure.place, &failure.run, &failure.message);
            wrap(&format!("{run} ({place}): {message}"), "   ", 5, columns)
        });
        [self.line(&words::failures(failures))].into_iter().chain(shown).collect()
    }

    fn usage(&self, usage: &Usage) -> String {
        let parts = usage.parts.iter().map(|part| self.part(part, usage));
        let others = words::others(usage).map(|others| format!(" {:12}  {:9} {others}\n", "", ""));
        [self.line(&usage.label)].into_iter().chain(parts).chain(others).collect()
    }

    /// One line each: on a terminal a long instruction loses its middle.
    fn part(&self, part: &Part, usage: &Usage) -> String {
        let (amount, line) = (words::amounts(usage).show(part.amount), words::line(part));
        let (before, often) = (format!(" {amount:>12}  {line:<9} "), words::how_often(part, usage));
        let room = self.screen.columns.unwrap_or(usize::MAX);
        let room = room.saturating_sub(width(&before) + width(&often));
        format!("{before}{}{often}\n", shorten(&part.text, room))
    }

    /// What is saved, where, and what it is; then what to do.
    fn advice(&self, advice: &Advice) -> String {
        let lines = advice::lines(advice);
        let shown = lines.iter().map(|line| self.to_do(line));
        let others =
            advice::others(advice).map(|others| format!(" {:12}  {:9} {others}\n", "", ""));
        [self.line(&advice.label)].into_iter().chain(shown).chain(others).collect()
    }

    fn to_do(&self, line: &advice::Line) -> String {
        let before = format!(" {:>12}  {:<9} ", line.amount, line.place);
        let room = self.screen.columns.unwrap_or(usize::MAX).saturating_sub(width(&before));
        let indent = " ".repeat(width(&before));
        let advice = wrap(&line.advice, &indent, indent.len(), self.screen.prose_columns());
        format!("{before}{}\n{advice}", shorten(&line.what.join(" "), room))
    }

    fn budget(&self) -> Option<String> {
        let (title, sheet) = demands::sheet(self.report)?;
        let mut text = self.titled(&title, &aligned(&sheet.grid(), self.screen));
        for (outcome, sentence) in demands::broken(self.report) {
            text.push_str(&self.line(&format!("{}: {sentence}", outcome.word())));
        }
        Some(text)
    }

    fn section(&self, title: &str, lines: impl Iterator<Item = String>) -> Option<String> {
        let lines: String = lines.collect();
        (!lines.is_empty()).then(|| self.titled(title, &lines))
    }

    fn line(&self, text: &str) -> String {
        wrap(text, " ", 3, self.screen.prose_columns())
    }
}

/// `unchanged: head (wall_seconds, steps), dev (steps): reason`; a subject
/// that stands in the title is not named again.
pub(crate) fn explained(reason: &Explained, only_subject: Option<&str>) -> String {
    let who = reason.who.iter().map(|(subject, metrics)| match only_subject {
        Some(_) => metrics.join(", "),
        None => format!("{subject} ({})", metrics.join(", ")),
    });
    let who: Vec<String> = who.collect();
    let verdict = reason.verdict.map_or_else(String::new, |verdict| format!("{verdict}: "));
    format!("{verdict}{}: {}", who.join(", "), reason.text)
}
