//! Answers by HTTP, as they were sent.

use std::process::Command;

/// An answer by HTTP: its head and its body, as they were sent.
#[derive(Debug)]
pub struct Answer {
    /// The status line and the headers.
    pub head: String,
    /// What follows them.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, in small letters; empty if there is none.
    pub fn header(&self, name: &str) -> String {
        let values = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = values.filter(|(header, _)| header.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim().to_lowercase()).unwrap_or_default()
    }

    /// The status code, as `404`.
    pub fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The body, of which a byte that is no text is replaced.
    pub fn text(&self) -> String {
        text(&self.body)
    }
}

/// Asks with these headers, by curl, which must get an answer.
pub fn ask(url: &str, headers: &[&str], options: &[&str]) -> Answer {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", "10", "--include"]).args(options);
    for header in headers {
        curl.args(["--header", header]);
    }
    let output = curl.arg(url).output().unwrap();
    assert!(output.status.success(), "{url}: {}", text(&output.stderr));
    let end = output.stdout.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    Answer { head: text(&output.stdout[..end]), body: output.stdout[end + 4..].to_vec() }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
