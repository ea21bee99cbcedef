//! What a dial-stdio child writes to stderr: the reason when it could not connect.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr};
use tokio::task::JoinHandle;

use crate::error::one_line;

/// The most that is kept of it.
const KEPT_BYTES: u64 = 16 * 1024;

/// How long a child that gave no answer may take to end its stderr (an ssh master process may keep
/// it open for ever).
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A task that reads a child's stderr, so that the child never blocks on it.
pub(super) struct Complaint {
    task: JoinHandle<Vec<u8>>,
    /// Keeps the child from being killed while its last words are awaited.
    _child: Arc<Child>,
}

impl Complaint {
    pub(super) fn read(stderr: ChildStderr, child: Arc<Child>) -> Self {
        Self { task: tokio::spawn(collect(stderr)), _child: child }
    }

    /// The line that says why, when the child ends without an answer.
    pub(super) async fn line(self) -> Option<String> {
        let text = tokio::time::timeout(LAST_WORDS, self.task).await.ok()?.ok()?;
        reason(&String::from_utf8_lossy(&text))
    }
}

async fn collect(mut stderr: ChildStderr) -> Vec<u8> {
    let mut kept = Vec::new();
    // What cannot be read is not there: the caller has another error to show.
    let _ = (&mut stderr).take(KEPT_BYTES).read_to_end(&mut kept).await;
    let mut nowhere = tokio::io::sink();
    let _ = tokio::io::copy(&mut stderr, &mut nowhere).await;
    kept
}

/// The first line that is no warning about config.json.
fn reason(text: &str) -> Option<String> {
    let line = text.lines().find(|line| !line.is_empty() && !line.starts_with("WARNING:"))?;
    // The CLI quotes all of its ssh command before it says what ssh said.
    let (_, said) = line.rsplit_once(" stderr=").unwrap_or(("", line));
    let said = if said.trim().is_empty() { line } else { said };
    // What the CLI was about, layer by layer, says nothing of what is wrong.
    let said = LAYERS.iter().fold(said, |said, layer| said.strip_prefix(layer).unwrap_or(said));
    match said.strip_prefix("dial ").and_then(|chain| chain.rsplit_once(": ")) {
        Some((_, cause)) => Some(one_line(cause)),
        None => Some(one_line(said)),
    }
}

/// How the docker CLI begins, from the outside in.
const LAYERS: [&str; 4] = [
    "failed to open the raw stream connection: ",
    "Failed to initialize: ",
    "unable to resolve docker endpoint: ",
    "failed to retrieve context tls info: ",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_about_the_configuration_is_not_the_reason() {
        let text = "WARNING: Error parsing config file (x): unexpected EOF\nno such host\nmore\n";
        assert_eq!(reason(text).as_deref(), Some("no such host"));
        assert_eq!(reason("WARNING: x\n"), None);
        let text = "failed to open the raw stream connection: dial tcp 1.2.3.4:5: connect: refused";
        assert_eq!(reason(text).as_deref(), Some("refused"));
        let text = "Failed to initialize: unable to resolve docker endpoint: no port\n";
        assert_eq!(reason(text).as_deref(), Some("no port"));
        let text = "command [ssh -T -- host docker] has exited, stderr=ssh: refused\n";
        assert_eq!(reason(text).as_deref(), Some("ssh: refused"));
        assert_eq!(reason(""), None);
    }
}
