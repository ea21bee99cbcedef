//! The report as people see it: on a terminal of a known width.
#![expect(clippy::unwrap_used, reason = "a helper of tests may panic")]

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/files");

/// What stands on a terminal of this width. Names are as long as they are in
/// practice: 24 characters.
fn on_terminal(columns: u16, arguments: &[&str], color: &str) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let slave = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(slave.as_fd(), size).unwrap();
    let mut command = Command::new(dp_testkit::tool("dp-report"));
    command.args(arguments).args(["--color", color]).current_dir(FILES);
    command.env_remove("NO_COLOR").env("TERM", "xterm");
    command.stdin(Stdio::null()).stdout(slave).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    drop(command); // our end of the terminal: reading ends when the tool does
    let text = read_all(File::from(master));
    child.wait().unwrap();
    text.replace("\r\n", "\n")
}

/// A terminal that nobody writes to any more answers with EIO.
fn read_all(mut master: File) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match master.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn piped(arguments: &[&str]) -> String {
    dp_testkit::Tool::new("dp-report").args(arguments).at(FILES.as_ref()).run().stdout
}

/// Records whose subjects have names of 24 characters.
fn long_names(folder: &std::path::Path) -> String {
    let text = std::fs::read_to_string(format!("{FILES}/regressed.jsonl")).unwrap();
    let text = text.replace(r#""main""#, r#""Dockerfile.single-stages""#);
    let text = text.replace(r#""head""#, r#""Dockerfile.production-01""#);
    let path = folder.join("long.jsonl");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn a_comparison_fits_100_columns_and_loses_nothing_in_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = long_names(folder.path());
    let arguments = [&path, "--against", "Dockerfile.single-stages", "--all"];
    let text = piped(&arguments);
    assert!(widest(&text) <= 100, "{text}");
    assert!(!text.contains('…'));
    assert_eq!(on_terminal(100, &arguments, "never"), text);
    assert_eq!(on_terminal(120, &arguments, "never"), text);
}

#[test]
fn on_a_terminal_of_80_columns_nothing_is_wider() {
    let folder = tempfile::tempdir().unwrap();
    let path = long_names(folder.path());
    let arguments = [&path, "--against", "Dockerfile.single-stages", "--all"];
    let text = on_terminal(80, &arguments, "never");
    assert!(widest(&text) <= 80, "{text}");
    assert!(text.contains("regressed"));
}

#[test]
fn verdicts_are_coloured_on_a_terminal_and_at_the_same_place_as_without() {
    let arguments = ["regressed.jsonl", "--against", "main"];
    let colored = on_terminal(100, &arguments, "auto");
    assert!(colored.contains("\u{1b}[31mregressed\u{1b}[0m"), "{colored}");
    let mut plain = colored;
    for code in ["\u{1b}[1m", "\u{1b}[31m", "\u{1b}[0m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, on_terminal(100, &arguments, "never"));
    assert!(!piped(&arguments).contains('\u{1b}'));
    let improved = on_terminal(100, &["improved.jsonl", "--against", "main"], "auto");
    assert!(improved.contains("\u{1b}[32mimproved\u{1b}[0m"), "{improved}");
    let unsure = on_terminal(100, &["inconclusive.jsonl", "--against", "main"], "auto");
    assert!(unsure.contains("\u{1b}[33minconclusive\u{1b}[0m"), "{unsure}");
}

#[test]
fn the_report_begins_with_its_result_in_at_most_15_lines_on_any_terminal() {
    let records = "../../../../docs/records/r-package-code.jsonl";
    let limit = "build.wall_seconds=1s";
    let arguments = [records, "--against", "Dockerfile.production", "--max", limit];
    for columns in [40, 80, 100] {
        let text = on_terminal(columns, &arguments, "never");
        let (result, rest) = text.split_once("\n\n").unwrap();
        assert!(result.lines().count() <= 15, "{result}");
        let words: Vec<&str> = result.split_whitespace().collect();
        let worst = "regressed: build Dockerfile code: wall_seconds: +295 % (+8.49 s)";
        assert!(words.join(" ").starts_with(worst), "{result}");
        assert!(columns < 80 || widest(&text) <= usize::from(columns), "{text}");
        assert!(rest.starts_with("ground: "), "{rest}");
        // What does not fit is counted: ten regressed, and three demands are broken.
        let more = result.lines().last().unwrap();
        let more = more.strip_prefix("and ").unwrap().strip_suffix(" more: see below").unwrap();
        let heads = result.lines().filter(|line| !line.starts_with(' ')).count() - 1;
        assert_eq!(heads + more.parse::<usize>().unwrap(), 13, "{result}");
    }
    let wide = on_terminal(100, &arguments, "never");
    assert!(wide.contains("\n  longest step: 5.15 s, line 14: RUN tools/install-dependencies"));
    assert!(
        wide.contains("\nbudget: fail: build.wall_seconds of Dockerfile code: 11.4 s, demanded")
    );
}

#[test]
fn a_report_in_which_nothing_came_out_begins_with_its_ground() {
    assert!(piped(&["unchanged.jsonl", "--against", "main"]).starts_with("ground: "));
    assert!(piped(&["single.jsonl"]).starts_with("ground: "));
}
