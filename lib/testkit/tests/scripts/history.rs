//! `scripts/build-metrics.sh`: what is new against what was before.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use dp_testkit::Ran;
use serde_json::Value;
use tempfile::TempDir;

use crate::{by_sh, ran};

/// A folder with a history, and records of images of known sizes.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Records of one image of so many bytes, of a batch of their own.
    fn records(&self, batch: &str, name: &str, bytes: u64) -> PathBuf {
        let record = format!(
            r#"{{"dp":"1.1","kind":"size","at":"2026-01-02T03:04:05Z","subject":{{"name":"{name}"}},"run":{{"batch":"{batch}","n":1,"of":1,"position":1,"warmup":false}},"outcome":"ok","metrics":{{"size_bytes":{bytes}}}}}"#
        );
        let file = self.0.path().join(format!("{batch}.jsonl"));
        fs::write(&file, record + "\n").unwrap();
        file
    }

    fn metrics(&self, options: &[&str], records: &Path) -> Ran {
        let mut command = by_sh("build-metrics.sh", options);
        ran(command.arg("--history").arg(self.history()).arg(records))
    }

    fn history(&self) -> PathBuf {
        self.0.path().join("history")
    }

    fn kept(&self) -> usize {
        fs::read_dir(self.history()).unwrap().count()
    }
}

/// The alert of an image that grew from 100 MB to 150 MB.
const ALERT: &str =
    "Regressed on 2026-01-02:\n- size api\"1: size_bytes 100 MB -> 150 MB (+50.0 %)";

#[test]
fn what_regressed_is_told_and_is_not_what_the_next_is_compared_with() {
    let site = Site::new();
    let first = site.metrics(&[], &site.records("aa", "api", 100_000_000)).expect(0);
    assert!(first.stderr.contains("nothing to compare with"), "{}", first.stderr);
    let same = site.metrics(&[], &site.records("bb", "api", 100_000_000)).expect(0);
    assert!(same.stdout.ends_with("1 unchanged\n"), "{}", same.stdout);
    assert_eq!(site.kept(), 2);
    for batch in ["cc", "dd"] {
        let grown = site.metrics(&[], &site.records(batch, "api", 150_000_000)).expect(1);
        let alert = ALERT.replace("\"1", "");
        assert!(grown.stdout.ends_with(&format!("1 regressed\n{alert}\n")), "{}", grown.stdout);
        assert_eq!(site.kept(), 2);
    }
    let grown = site.records("ee", "api", 150_000_000);
    let _ = site.metrics(&["--accept"], &grown).expect(1);
    assert_eq!(site.kept(), 3);
    let _ = site.metrics(&[], &site.records("ff", "api", 150_000_000)).expect(0);
}

#[test]
fn an_alert_reaches_the_hook_of_a_chat_as_one_text() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/hook", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        // The body is a JSON object, the only one in the request.
        while !request.ends_with(b"}") {
            let mut bytes = [0; 4096];
            let read = stream.read(&mut bytes).unwrap();
            assert_ne!(read, 0, "{}", String::from_utf8_lossy(&request));
            request.extend_from_slice(&bytes[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        String::from_utf8(request).unwrap()
    });
    let site = Site::new();
    let name = r#"api\"1"#;
    let _ = site.metrics(&[], &site.records("aa", name, 100_000_000)).expect(0);
    let grown = site.records("bb", name, 150_000_000);
    let _ = site.metrics(&["--hook", &hook], &grown).expect(1);
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /hook "), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["text"], ALERT);
}

#[test]
fn an_alert_that_reaches_nobody_is_a_failure_of_its_own() {
    let site = Site::new();
    let _ = site.metrics(&[], &site.records("aa", "api", 100_000_000)).expect(0);
    let grown = site.records("bb", "api", 150_000_000);
    // Nobody listens there: 7 is curl's.
    let _ = site.metrics(&["--hook", "http://127.0.0.1:1/"], &grown).expect(7);
}
