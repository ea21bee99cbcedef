//! What people see on stderr while a tool works.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use dp_record::printable;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::dumb;
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
    Bar(ProgressBar),
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
            ProgressMode::Auto | ProgressMode::Tty => Style::Bar(bar(args.color.on(true))),
        };
        Self { tool, style }
    }

    /// Begins work of `total` parts.
    pub fn begin(&self, total: usize) {
        if let Style::Bar(bar) = &self.style {
            bar.set_length(total as u64);
            bar.enable_steady_tick(Duration::from_millis(120));
        }
    }

    /// Says which part is being worked on.
    pub fn doing(&self, what: &str) {
        match &self.style {
            Style::Bar(bar) => bar.set_message(printable(what, LINE_CHARS)),
            Style::Plain => self.line(what),
            Style::None => {}
        }
    }

    /// Says what happens within the part: shown by a bar only, since it
    /// changes many times a second.
    pub fn detail(&self, what: &str) {
        if let Style::Bar(bar) = &self.style {
            bar.set_message(printable(what, LINE_CHARS));
        }
    }

    /// One part is done.
    pub fn done(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.inc(1);
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

    /// Takes the bar away.
    pub fn end(&self) {
        if let Style::Bar(bar) = &self.style {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        let line = format!("{}: {}", self.tool, printable(text, LINE_CHARS));
        match &self.style {
            Style::Bar(bar) => bar.suspend(|| write_line(&line)),
            _ => write_line(&line),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// A closed stderr is nobody's to hear of.
fn write_line(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

fn bar(color: bool) -> ProgressBar {
    let template = if color {
        "{bar:24.cyan} {pos}/{len} {elapsed} {msg}"
    } else {
        "{bar:24} {pos}/{len} {elapsed} {msg}"
    };
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
