//! The bad inputs, and the tools run over them.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};

use dp_testkit::{Context, tool};

/// A line to type.
pub(crate) struct Case {
    /// Exit codes that are right.
    pub(crate) codes: Vec<i32>,
    /// One of these is named by the message.
    pub(crate) names: Vec<String>,
    pub(crate) line: String,
}

/// What a line came to.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Where an engine is if nothing says where.
pub(crate) const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// What tools need that talk to an engine.
const TOOLS: [&str; 5] =
    ["dp-build app", "dp-size x", "dp-start x", "dp-stats x", "dp-cache app --scenario warm"];

/// Values that some options take, and most do not.
const VALUES: [&str; 10] =
    ["", "x", "-1", "1.5", "99999999999999999999999", "a b", "=", "a=b=c", "%", "\\\""];

/// Servers that are no engines: the name of the socket, and what each answers to
/// whatever it reads. One that answers nothing closes.
const SERVERS: [(&str, &[u8]); 6] = [
    ("words", b"hello\n"),
    ("http500", b"HTTP/1.1 500 Oh\r\nContent-Length: 12\r\n\r\nsomething\x1b[2"),
    ("html", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n<p"),
    ("brace", b"HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\nContent-Length: 1\r\n\r\n{"),
    ("close", b""),
    ("json", b"HTTP/1.1 200 OK\r\nApi-Version: 1.43\r\nContent-Length: 7\r\n\r\n{\"a\":7}"),
];

/// The lines of `lines.txt`.
pub(crate) fn lines() -> Vec<Case> {
    of_lines(include_str!("lines.txt"))
}

/// The lines of `default.txt`, which ask the engine at [`DEFAULT_SOCKET`].
pub(crate) fn default_lines() -> Vec<Case> {
    of_lines(include_str!("default.txt"))
}

fn of_lines(text: &str) -> Vec<Case> {
    let lines = rows(text).map(|row| {
        let parts: Vec<&str> = row.splitn(3, " | ").collect();
        let [code, names, line] = parts[..] else { panic!("{row}") };
        let codes = vec![code.parse().unwrap()];
        let names = if names == "-" { Vec::new() } else { vec![names.to_owned()] };
        Case { codes, names, line: line.to_owned() }
    });
    lines.flat_map(for_each_tool).collect()
}

fn rows(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn for_each_tool(case: Case) -> Vec<Case> {
    if !case.line.contains("TOOL") {
        return vec![case];
    }
    let typed = |tool: &&str| Case {
        codes: case.codes.clone(),
        names: case.names.clone(),
        line: case.line.replace("TOOL", tool),
    };
    TOOLS.iter().map(typed).collect()
}

/// Each option of `options.txt` with each of [`VALUES`], and without one.
pub(crate) fn options() -> Vec<Case> {
    let mut cases = Vec::new();
    for row in rows(include_str!("options.txt")) {
        let (command, options) = row.split_once(": ").unwrap();
        for option in options.split(' ') {
            let separator = if option.starts_with("--") { "=" } else { " " };
            cases.extend(VALUES.iter().map(|value| Case {
                // Some take it, and then the engine is missed, or it is only a plan.
                codes: vec![0, 2, 3],
                // One that is read as words is named by the first.
                names: vec![option.to_owned(), value.split(' ').next().unwrap().to_owned()],
                line: format!("{command} {option}{separator}'{value}'"),
            }));
            let names = vec![option.to_owned()];
            let codes = if option == "--compressed" { vec![0, 3] } else { vec![2] };
            cases.push(Case { codes, names, line: format!("{command} {option}") });
        }
    }
    cases
}

/// A folder with all bad inputs, and servers beside them.
pub(crate) struct Corpus {
    folder: Context,
    path: String,
}

impl Corpus {
    pub(crate) fn new() -> Self {
        let folder = Context::empty();
        let script = include_str!("corpus.sh");
        let made = Command::new("sh").args(["-c", script]).current_dir(folder.path()).status();
        assert!(made.unwrap().success());
        for (name, answer) in SERVERS {
            serve(&folder.path().join(format!("{name}.sock")), answer);
        }
        let tools = tool("dp-build").parent().unwrap().to_owned();
        let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
        Self { folder, path }
    }

    /// Runs a line as a user who may not read everything.
    pub(crate) fn run(&self, line: &str) -> Ran {
        let root = fs::metadata("/proc/self")
            .is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
        let mut command = if root {
            let mut command = Command::new("setpriv");
            command.args(["--bounding-set=-dac_override,-dac_read_search", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", line]).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_clear().env("PATH", &self.path).env("HOME", self.folder.path().join("home"));
        command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

impl Drop for Corpus {
    fn drop(&mut self) {
        // Others than root cannot remove a folder that they may not read.
        let _ = Command::new("chmod").args(["-R", "u+rwx"]).arg(self.folder.path()).status();
    }
}

fn serve(socket: &Path, answer: &'static [u8]) {
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || reply(stream, answer));
        }
    });
}

/// Answers each time that something is read. A client that went away is done.
fn reply(mut stream: UnixStream, answer: &[u8]) {
    let mut asked = [0; 4096];
    while stream.read(&mut asked).is_ok_and(|count| count > 0) {
        if stream.write_all(answer).is_err() || !answer.starts_with(b"HTTP") {
            return;
        }
    }
}
