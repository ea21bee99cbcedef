//! What people see on stderr while a tool works.

use std::io::{self, IsTerminal, Write};

use dp_record::printable;

use crate::args::dumb;
use crate::bar::Bar;
use crate::credentials::without_credentials;
use crate::words::for_people;
use crate::{OutputArgs, ProgressMode};

/// Longest line that is printed, in characters.
const LINE_CHARS: usize = 400;

/// Progress on stderr: a bar on a terminal, plain lines elsewhere, nothing if
/// the user wants quiet.
#[derive(Debug)]
pub struct Progress {
    tool: &'static str,
    style: Style,
}

#[derive(Debug)]
enum Style {
    Bar(Bar),
    Plain,
    None,
}

impl Progress {
    /// Progress of `tool` as the user wants it.
    pub fn new(tool: &'static str, args: &OutputArgs) -> Self {
        let mode = if args.quiet { ProgressMode::None } else { args.progress };
        let style = match mode {
            ProgressMode::None => Style::None,
            ProgressMode::Plain => Style::Plain,
            ProgressMode::Auto if !io::stderr().is_terminal() || dumb() => Style::Plain,
            ProgressMode::Auto | ProgressMode::Tty => {
                Bar::new(args.color.on(true)).map_or(Style::Plain, Style::Bar)
            }
        };
        Self { tool, style }
    }

    /// Begins work of `total` parts.
    pub fn begin(&self, total: usize) {
        if let Style::Bar(bar) = &self.style {
            bar.begin(total as u64);
        }
    }

    /// Says which part is being worked on.
    pub fn doing(&self, what: &str) {
        match &self.style {
            Style::Bar(bar) => bar.show(shown(what)),
            Style::Plain => self.line(what),
            Style::None => {}
        }
    }

    /// Says what happens within the part: shown by a bar only, since it
    /// changes many times a second.
    pub fn detail(&self, what: &str) {
        if let Style::Bar(bar) = &self.style {
            bar.show(shown(what));
        }
    }

    /// One part is done.
    pub fn done(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.done();
        }
    }

    /// A line that stays.
    pub fn note(&self, text: &str) {
        match &self.style {
            Style::None => {}
            _ => self.line(text),
        }
    }

    /// A line that stays, about something that limits the figures.
    pub fn warn(&self, text: &str) {
        self.note(&format!("warning: {text}"));
    }

    /// Whether nothing but errors is said.
    pub fn is_quiet(&self) -> bool {
        matches!(self.style, Style::None)
    }

    /// A line that stays, about what the tool will end with 2 or 4 for: said to
    /// those who want quiet too.
    pub fn error(&self, text: &str) {
        self.line(text);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.end();
        }
    }

    fn line(&self, text: &str) {
        let line = format!("{}: {}", self.tool, shown(text));
        match &self.style {
            Style::Bar(bar) => bar.without(|| write_line(&line)),
            _ => write_line(&line),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// One line without credentials in addresses.
fn shown(text: &str) -> String {
    printable(&for_people(&without_credentials(text)), LINE_CHARS)
}

/// A closed stderr is nobody's to hear of.
fn write_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
