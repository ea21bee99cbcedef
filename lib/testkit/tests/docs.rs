//! The pages' commands: those in `console` blocks print what stands below them, and all
//! others are understood by the tools that they name.
//!
//! `DP_DOCS=overwrite cargo test --test docs` writes what the commands of `console` blocks
//! print into the pages. A line `...` stands for any lines, and is kept as it is.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use dp_testkit::tool;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The pages that people read: those beside the sources, of the examples, and all of docs.
fn pages() -> Vec<PathBuf> {
    let markdown = |folder: PathBuf| {
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.extension().is_some_and(|word| word == "md")).collect::<Vec<_>>()
    };
    let mut pages = [markdown(root()), markdown(root().join("docs"))].concat();
    for entry in fs::read_dir(root().join("dockerfiles")).unwrap() {
        pages.extend(markdown(entry.unwrap().path()));
    }
    pages.sort();
    assert!(pages.len() >= 15, "{pages:?}");
    pages
}

/// Lines of a page by what they are.
enum Part {
    /// A line of prose, of a table, or the fence of a block.
    Prose(String),
    /// A line of a block that is no `console` block; its place in the page.
    Code(usize, String),
    /// A command of a `console` block, and what it prints.
    Console { place: usize, command: String, printed: String },
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    // The language of the block that the line is in.
    let mut language: Option<&str> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (line.strip_prefix("```"), language) {
            (Some(_), Some(_)) => {
                language = None;
                parts.push(Part::Prose(line.to_owned()));
            }
            (Some(opened), None) => {
                language = Some(opened);
                parts.push(Part::Prose(line.to_owned()));
            }
            (None, Some("console")) => match (line.strip_prefix("$ "), parts.last_mut()) {
                (Some(command), _) => {
                    let (command, printed) = (command.to_owned(), String::new());
                    parts.push(Part::Console { place: number, command, printed });
                }
                (None, Some(Part::Console { printed, .. })) => {
                    printed.push_str(line);
                    printed.push('\n');
                }
                (None, _) => parts.push(Part::Prose(line.to_owned())),
            },
            (None, Some("" | "sh" | "bash")) => parts.push(Part::Code(number, line.to_owned())),
            (None, None) if line.starts_with("    ") => {
                parts.push(Part::Code(number, line.to_owned()));
            }
            (None, _) => parts.push(Part::Prose(line.to_owned())),
        }
    }
    parts
}

/// What a command prints, by bash in the project's folder. It must succeed.
fn run(place: &str, command: &str) -> String {
    let tools = tool("dp-build").parent().unwrap().to_owned();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.args(["-c", &format!("set -o pipefail; {command}")]).current_dir(root());
    bash.env("PATH", path).env_remove("COLUMNS").stdin(Stdio::null());
    let output = bash.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{place}: {command}: {}: {complaint}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a text is what stands in a page, where `...` is any number of lines.
fn fits(printed: &str, shown: &str) -> bool {
    let mut rest = printed;
    // Pieces between those lines stand in their order; the first and the last at the ends.
    let pieces: Vec<&str> = shown.split_inclusive('\n').collect();
    let pieces: Vec<String> = pieces.split(|line| *line == "...\n").map(<[&str]>::concat).collect();
    let last = pieces.len() - 1;
    for (number, piece) in pieces.iter().enumerate() {
        let found = match number {
            0 => rest.starts_with(piece.as_str()).then_some(0),
            _ if number == last => rest.ends_with(piece.as_str()).then(|| rest.len() - piece.len()),
            _ => rest.find(piece.as_str()),
        };
        let Some(found) = found else { return false };
        rest = &rest[found + piece.len()..];
    }
    last > 0 || rest.is_empty()
}

#[test]
fn what_console_blocks_show_is_what_their_commands_print() {
    let overwrites = std::env::var_os("DP_DOCS").is_some_and(|word| word == "overwrite");
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let mut written = String::new();
        for part in parts(&text) {
            match part {
                Part::Prose(line) | Part::Code(_, line) => written.push_str(&(line + "\n")),
                Part::Console { place, command, printed: shown } => {
                    seen += 1;
                    let place = format!("{}:{place}", page.display());
                    let printed = run(&place, &command);
                    let is_right = fits(&printed, &shown);
                    assert!(
                        is_right || overwrites,
                        "{place}: {command}: prints\n{printed}(DP_DOCS=overwrite writes that)"
                    );
                    let kept = if is_right { &shown } else { &printed };
                    written.extend(["$ ", &command, "\n", kept]);
                }
            }
        }
        if overwrites && written != text {
            fs::write(&page, written).unwrap();
        }
    }
    assert!(seen >= 10, "{seen} commands in console blocks");
}

/// The programs of a line of shell, each with its arguments: without redirections, and only
/// those that the line itself names.
fn programs(line: &str) -> Vec<Vec<String>> {
    let Some(words) = shlex::split(line) else { return Vec::new() };
    let mut programs = vec![Vec::new()];
    let mut is_target = false;
    for word in words {
        if ["|", "&&", ";"].contains(&word.as_str()) {
            programs.push(Vec::new());
        } else if std::mem::take(&mut is_target) {
            // The file of a redirection.
        } else if [">", ">>", "<", "2>"].contains(&word.as_str()) {
            is_target = true;
        } else if let Some(program) = programs.last_mut() {
            program.push(word);
        }
    }
    programs.into_iter().filter(|program| !program.is_empty()).collect()
}

/// Asks the tool for help behind these arguments, which it reads first.
fn is_understood(program: &[String]) -> Result<(), String> {
    let (name, args) = program.split_first().unwrap();
    let end = args.iter().position(|word| word == "--").unwrap_or(args.len());
    // What stands for options of the reader's own.
    let args = args[..end].iter().filter(|word| *word != "...");
    let output = Command::new(tool(name)).args(args).arg("--help").stdin(Stdio::null()).output();
    let output = output.unwrap();
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn every_other_command_is_understood_by_the_tool_that_it_names() {
    const TOOLS: [&str; 6] =
        ["dp-build", "dp-size", "dp-start", "dp-stats", "dp-cache", "dp-report"];
    let (mut tools, mut targets, mut scripts) = (0, 0, 0);
    let mut wrong = Vec::new();
    for page in pages() {
        // The history names options as they were.
        if page.ends_with("CHANGELOG.md") {
            continue;
        }
        for part in parts(&fs::read_to_string(&page).unwrap()) {
            let Part::Code(place, line) = part else { continue };
            for program in programs(line.trim()) {
                let place = format!("{}:{place}", page.display());
                let name = program[0].as_str();
                if TOOLS.contains(&name) {
                    tools += 1;
                    if let Err(complaint) = is_understood(&program) {
                        wrong.push(format!("{place}: {complaint}"));
                    }
                } else if name == "make" {
                    targets += 1;
                    // Prints what it would do.
                    let mut make = Command::new("make");
                    make.arg("--dry-run").args(&program[1..]).current_dir(root());
                    let output = make.stdin(Stdio::null()).output().unwrap();
                    if !output.status.success() {
                        wrong.push(format!("{place}: no target: {}", program.join(" ")));
                    }
                } else if name.starts_with("scripts/") {
                    scripts += 1;
                    if !root().join(name).is_file() {
                        wrong.push(format!("{place}: no script: {name}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert!(tools >= 40 && targets >= 5 && scripts >= 10, "{tools}, {targets}, {scripts}");
}

#[test]
fn a_command_with_a_wrong_word_is_not_understood() {
    let words = |line: &str| programs(line).remove(0);
    assert_eq!(is_understood(&words("dp-start app --ready http=80/ -r 20 > x")), Ok(()));
    for line in ["dp-build --warmm .", "dp-start app --ready htp=80", "dp-report --format pdf"] {
        assert!(is_understood(&words(line)).is_err(), "{line}");
    }
    let piped = programs("dp-build . 2> log | jq '.a | .b' && dp-report x.jsonl # or | else");
    assert_eq!(piped.len(), 3, "{piped:?}");
}

#[test]
fn three_dots_stand_for_any_lines() {
    assert!(fits("a\nb\nc\n", "a\nb\nc\n") && !fits("a\nb\n", "a\n"));
    assert!(fits("a\nb\nc\n", "a\n...\n") && fits("a\nb\nc\n", "a\n...\nc\n"));
    assert!(fits("a\nb\nc\nd\n", "...\nb\n...\nd\n"));
    assert!(!fits("a\nb\nc\n", "b\n...\n") && !fits("a\nb\nc\n", "a\n...\nb\n"));
}
