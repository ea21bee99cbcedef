//! What the old builder's text says.
//!
//! It is made for people: instructions, their results and what they print come in
//! one stream. So while a container runs nothing but the end of that container is
//! looked for; a step may print whatever it likes.

use super::Now;
use super::chain::Chain;
use super::naming::{LegacyStage, Naming};
use crate::build::account::{Account, Told};
use crate::build::answer::Line;

/// Everything before the first instruction.
const CONTEXT: &str = "[internal] load build context";

/// Reads the lines of an answer.
pub(super) struct Hearing<'a> {
    account: Account<'a>,
    naming: Naming<'a>,
    chain: Chain,
    now: Now,
    /// The number of the instruction that runs.
    number: u32,
    /// The container that runs.
    container: Option<String>,
    /// The image that is told next was there before.
    found: bool,
}

impl<'a> Hearing<'a> {
    pub(super) fn new(account: Account<'a>, stages: &'a [LegacyStage], now: Now) -> Self {
        let mut hearing = Self {
            account,
            naming: Naming::new(stages),
            chain: Chain::default(),
            now,
            number: 0,
            container: None,
            found: false,
        };
        hearing.begin(CONTEXT.to_owned());
        hearing
    }

    /// Takes a line. `sent` are the bytes of the context that have been sent.
    pub(super) fn line(&mut self, line: &[u8], sent: u64) {
        let line = Line::read(line);
        if let Some(refusal) = line.refusal() {
            // In the form in which BuildKit tells it.
            let code = refusal.exit_code.map(|code| format!(": exit code: {code}"));
            self.end(refusal.message.clone() + &code.unwrap_or_default());
            self.account.error(&refusal.message);
        } else if let Some(id) = line.image() {
            self.account.image(id);
        } else if !line.stream.is_empty() {
            self.stream(&line.stream, sent);
        }
    }

    /// The build failed outside of any instruction.
    pub(super) fn error(&mut self, message: &str) {
        self.account.error(message);
    }

    /// All that was told.
    pub(super) fn finish(self) -> Told {
        self.account.finish()
    }

    fn stream(&mut self, text: &str, sent: u64) {
        if let Some(container) = &self.container {
            if text.strip_suffix('\n').is_some_and(|text| is_end_of(text, container)) {
                self.container = None;
            } else {
                self.account.status(self.chain.log(text, self.now.get()));
            }
        } else if let Some(instruction) = self.next_instruction(text) {
            if self.number == 0 {
                self.account.status(self.chain.took(sent));
            }
            self.end(String::new());
            self.number += 1;
            self.found = is_from(instruction);
            let name = self.naming.name(instruction);
            self.begin(name);
        } else if let Some(said) = text.strip_prefix(" ---> ") {
            self.result(said.trim_end());
        } else if !text.trim().is_empty() {
            self.account.text(text);
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
    fn result(&mut self, said: &str) {
        if let Some(container) = said.strip_prefix("Running in ") {
            self.container = Some(container.to_owned());
            self.chain.executed();
        } else if said == "Using cache" {
            self.chain.cached();
            self.found = true;
        } else if is_id(said) {
            if !std::mem::take(&mut self.found) {
                self.account.made(said);
            }
            self.end(String::new());
        }
    }

    fn begin(&mut self, name: String) {
        let status = self.chain.begin(name, self.now.get());
        self.account.status(status);
    }

    fn end(&mut self, error: String) {
        if self.chain.is_open() {
            let status = self.chain.end(error, self.now.get());
            self.account.status(status);
        }
    }
}

/// Engines before 23 say it without an arrow.
fn is_end_of(text: &str, container: &str) -> bool {
    let said = text
        .strip_prefix("Removing intermediate container ")
        .or_else(|| text.strip_prefix(" ---> Removed intermediate container "));
    said == Some(container)
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
