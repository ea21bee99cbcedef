//! Reads the old builder's text.
//!
//! The text is made for people: instructions, their results and what they print come
//! in one stream. So while a container runs nothing but the end of that container is
//! looked for; a step may print whatever it likes.

use std::time::Instant;

use jiff::Timestamp;

use super::step_chain::StepChain;
use super::step_names::{LegacyStage, StepNamer};
use crate::progress::answer::AnswerLine;
use crate::progress::collector::{BuildReport, Collector};

/// Everything before the first instruction.
const CONTEXT: &str = "[internal] load build context";

/// Reads the lines of an answer.
pub(super) struct ClassicOutput<'a> {
    collector: Collector<'a>,
    namer: StepNamer<'a>,
    chain: StepChain,
    clock: MonotonicClock,
    /// The number of the instruction that runs.
    number: u32,
    /// The container that runs.
    container: Option<String>,
    /// Whether the image whose id comes next was there before.
    image_exists: bool,
}

impl<'a> ClassicOutput<'a> {
    pub(super) fn new(collector: Collector<'a>, stages: &'a [LegacyStage]) -> Self {
        let mut output = Self {
            collector,
            namer: StepNamer::new(stages),
            chain: StepChain::default(),
            clock: MonotonicClock::start(),
            number: 0,
            container: None,
            image_exists: false,
        };
        output.begin(CONTEXT.to_owned());
        output
    }

    /// Takes a line. `sent` are the bytes of the context that have been sent.
    pub(super) fn read_line(&mut self, line: &[u8], sent: u64) {
        let line = AnswerLine::read(line);
        if let Some(refusal) = line.refusal() {
            // In the form that BuildKit uses.
            let code = refusal.exit_code.map(|code| format!(": exit code: {code}"));
            self.end(refusal.message.clone() + &code.unwrap_or_default());
            self.collector.add_error(&refusal.message);
        } else if let Some(id) = line.image() {
            self.collector.add_image(id);
        } else if !line.stream.is_empty() {
            self.read_text(&line.stream, sent);
        }
    }

    /// The build failed outside of any instruction.
    pub(super) fn add_error(&mut self, message: &str) {
        self.collector.add_error(message);
    }

    /// All that was reported.
    pub(super) fn finish(self) -> BuildReport {
        self.collector.finish()
    }

    fn read_text(&mut self, text: &str, sent: u64) {
        if let Some(container) = &self.container {
            if text.strip_suffix('\n').is_some_and(|text| is_end_of(text, container)) {
                self.container = None;
            } else {
                self.collector.add_status(self.chain.log(text, self.clock.now()));
            }
        } else if let Some(instruction) = self.next_instruction(text) {
            if self.number == 0 {
                self.collector.add_status(self.chain.received(sent));
            }
            self.end(String::new());
            self.number += 1;
            // A base that is named here exists already.
            self.image_exists = is_from(instruction);
            let name = self.namer.name(instruction);
            self.begin(name);
        } else if let Some(result) = text.strip_prefix(" ---> ") {
            self.read_result(result.trim_end());
        } else if !text.trim().is_empty() {
            self.collector.add_text(text);
        }
    }

    /// `Step n/m : TEXT`, if that is the step to come.
    fn next_instruction<'t>(&self, text: &'t str) -> Option<&'t str> {
        let (number, text) = text.strip_prefix("Step ")?.split_once(" : ")?;
        let (number, _) = number.split_once('/')?;
        (number.parse() == Ok(self.number + 1)).then_some(text)
    }

    /// What follows an arrow: a container, a hit of the cache, or an image. A
    /// FROM with triggers has several of the first two.
    fn read_result(&mut self, result: &str) {
        if let Some(container) = result.strip_prefix("Running in ") {
            self.container = Some(container.to_owned());
            self.chain.set_executed();
        } else if result == "Using cache" {
            self.chain.set_cached();
            self.image_exists = true;
        } else if is_id(result) {
            if !std::mem::take(&mut self.image_exists) {
                self.collector.add_created_image(result);
            }
            self.end(String::new());
        }
    }

    fn begin(&mut self, name: String) {
        let status = self.chain.begin(name, self.clock.now());
        self.collector.add_status(status);
    }

    fn end(&mut self, error: String) {
        if self.chain.is_open() {
            let status = self.chain.end(error, self.clock.now());
            self.collector.add_status(status);
        }
    }
}

/// Our clock: it begins with a time of day, and never goes back.
#[derive(Debug, Clone, Copy)]
struct MonotonicClock {
    started_at: Timestamp,
    start: Instant,
}

impl MonotonicClock {
    fn start() -> Self {
        Self { started_at: Timestamp::now(), start: Instant::now() }
    }

    fn now(&self) -> Timestamp {
        self.started_at.checked_add(self.start.elapsed()).unwrap_or(self.started_at)
    }
}

/// Engines before 23 say it without an arrow.
fn is_end_of(text: &str, container: &str) -> bool {
    let ended = text
        .strip_prefix("Removing intermediate container ")
        .or_else(|| text.strip_prefix(" ---> Removed intermediate container "));
    ended == Some(container)
}

fn is_from(instruction: &str) -> bool {
    let keyword = instruction.split_whitespace().next().unwrap_or_default();
    keyword.eq_ignore_ascii_case("FROM")
}

fn is_id(text: &str) -> bool {
    text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
