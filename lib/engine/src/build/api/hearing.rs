//! Progress of `BuildKit` among the lines of an answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::status;
use crate::build::account::Account;
use crate::build::answer::Line;

/// What `aux` of a line with progress is called.
const TRACE: &str = "moby.buildkit.trace";

/// Takes one line. What cannot be read is passed over: progress is told again
/// and again, and errors come as lines of another kind.
pub(super) fn line(line: &[u8], account: &mut Account<'_>) {
    let line = Line::read(line);
    if let Some(refusal) = line.refusal() {
        account.error(&refusal.message);
    } else if line.id == TRACE {
        let message = line.aux.as_str().and_then(|text| STANDARD.decode(text).ok());
        if let Some(status) = message.and_then(|message| status::read(&message).ok()) {
            account.status(status);
        }
    } else if let Some(id) = line.image() {
        account.image(id);
    } else {
        account.text(&line.stream);
    }
}
