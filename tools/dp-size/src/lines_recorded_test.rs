//! Histories that engines wrote, each entry with the line of its instruction. Every form
//! of RUN, COPY and ADD is in them, and every other instruction.

use dp_dockerfile::Dockerfile;
use dp_engine::image::HistoryEntry;

use super::locate;

/// A Dockerfile, and histories of what engines and builders made of it.
macro_rules! recorded {
    ($($file:literal: $($builder:literal),+;)+) => {
        [$($((
            concat!($file, ".", $builder),
            include_str!(concat!("../tests/files/history/", $file, ".Dockerfile")),
            include_str!(concat!("../tests/files/history/", $file, ".", $builder, ".jsonl")),
        )),+),+]
    };
}

const RECORDED: [(&str, &str, &str); 14] = recorded! {
    "forms": "20.10.legacy", "20.10.buildkit", "28.5.legacy", "28.5.buildkit";
    "forms-without-arguments": "20.10.legacy", "20.10.buildkit", "28.5.legacy", "28.5.buildkit";
    "mounts": "20.10.buildkit", "28.5.buildkit";
    "mounts-and-network": "28.5.buildkit";
    "options": "20.10.buildkit", "28.5.buildkit";
    "options-and-heredocs": "28.5.buildkit";
};

/// The entries of a recording, with their lines.
fn entries(text: &str) -> Vec<(Option<usize>, HistoryEntry)> {
    let entry = |line: &str| {
        let (at, created_by) = serde_json::from_str(line).unwrap();
        (Some(at), HistoryEntry { created_by, ..HistoryEntry::default() })
    };
    text.lines().map(entry).collect()
}

fn lines(file: &str, history: &[HistoryEntry]) -> Vec<Option<usize>> {
    let file = Dockerfile::parse(file);
    locate(&file, None, history).into_iter().map(|one| one.map(|one| one.line)).collect()
}

#[test]
fn every_form_that_a_history_entry_can_have_finds_its_line() {
    for (name, file, recorded) in RECORDED {
        let (expected, history): (Vec<_>, Vec<_>) = entries(recorded).into_iter().unzip();
        let found = lines(file, &history);
        for ((expected, found), entry) in expected.iter().zip(&found).zip(&history) {
            assert_eq!(found, expected, "{name}: {}", entry.created_by);
        }
    }
}

/// The file with another command in the RUN at this line, if one of a shell is there.
fn with_another_command(file: &str, line: usize) -> Option<String> {
    let mut text: Vec<&str> = file.lines().collect();
    let command = text[line - 1].strip_prefix("RUN ")?;
    let other = format!("RUN something-else && {command}");
    text[line - 1] = &other;
    (!command.starts_with(['-', '[', '<'])).then(|| text.join("\n"))
}

#[test]
fn an_instruction_that_was_changed_after_the_build_ends_the_lines_there() {
    let mut changed = 0;
    for (name, file, recorded) in RECORDED {
        let (expected, history): (Vec<_>, Vec<_>) = entries(recorded).into_iter().unzip();
        for (at, line) in expected.iter().enumerate() {
            let Some(file) = line.and_then(|line| with_another_command(file, line)) else {
                continue;
            };
            let found = lines(&file, &history);
            assert_eq!(found[..=at], vec![None; at + 1], "{name} {line:?}");
            assert_eq!(found[at + 1..], expected[at + 1..], "{name} {line:?}");
            changed += 1;
        }
    }
    assert!(changed > 50, "{changed}");
}
