//! Whatever the text, nothing panics, lines are lines of the file, and no step gets a wrong one.

use std::fmt::Write as _;

use dp_dockerfile::{BuildArgs, Dockerfile, Ignore, Stages, StepIndex};
use proptest::prelude::*;

/// Pieces that Dockerfiles are made of, and pieces that hurt.
const PIECES: &[&str] = &[
    "FROM",
    "from a AS b",
    "RUN",
    "COPY --from=0",
    "ADD",
    "WORKDIR /",
    "ONBUILD",
    "ARG A=$A$A",
    "ENV",
    "scratch",
    " ",
    "\t",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\\",
    "\\\n",
    "`",
    "# escape=`\n",
    "#",
    "# syntax=x",
    "<<EOF",
    "<<-'EOF'",
    "EOF\n",
    "\nEOF\n",
    "\"",
    "'",
    "$",
    "${",
    "}",
    "${A:-",
    "[\"a\"]",
    "[",
    "--mount=from=b",
    "--",
    "=",
    "\u{feff}",
    "é",
    "\u{2028}",
    "\0",
    "/",
    "..",
    "*",
    "**",
    "!",
    "?",
    "]",
    "^",
    "-",
];

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..60);
    prop_oneof![pieces.prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn name() -> impl Strategy<Value = String> {
    let stages = prop::sample::select(&["", "stage-0 ", "b ", "linux/amd64 b "][..]);
    let of_step = (stages, 0_usize..6, 0_usize..9, text());
    prop_oneof![
        text(),
        of_step.prop_map(|(stage, n, of, text)| format!("[{stage}{n}/{of}] {text}")),
    ]
}

/// An instruction of a simulated stage: RUN with one of few texts, so that texts repeat.
fn commands() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..3, 0..6)
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic_and_its_lines_are_the_lines_of_the_file(text in text()) {
        let file = Dockerfile::parse(&text);
        let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap_or(&text).split_inclusive('\n').collect();
        let mut last = 0;
        for instruction in file.instructions() {
            prop_assert!(last < instruction.line && instruction.line <= instruction.end_line);
            let own = &lines[instruction.line - 1..instruction.end_line];
            prop_assert_eq!(&instruction.raw, &own.concat());
            prop_assert!(!instruction.text.contains('\n'));
            last = instruction.end_line;
        }
        for problem in &file.problems {
            prop_assert!(problem.line >= 1 && problem.line <= lines.len().max(1));
        }
        let stages = Stages::resolve(&file, &BuildArgs::new());
        if let Some(needed) = stages.needed(None) {
            prop_assert!(needed.contains(&(file.stages.len() - 1)));
        }
    }

    #[test]
    fn any_names_are_looked_up_without_panic(text in text(), names in prop::collection::vec(name(), 0..8)) {
        let file = Dockerfile::parse(&text);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        prop_assert_eq!(StepIndex::new(&file).locate(&names).len(), names.len());
    }

    #[test]
    fn any_ignore_file_and_path_are_matched_without_panic(text in text(), path in text()) {
        if let Ok(ignore) = Ignore::parse(&text) {
            let _ = ignore.is_ignored(&path);
        }
    }

    /// Go takes an escaped character for itself, in a class too, unless it is a letter or a digit.
    #[test]
    fn a_class_of_escaped_characters_has_these_and_no_others(
        members in prop::collection::btree_set(prop::char::range(' ', '/'), 1..6),
        more in prop::collection::btree_set(prop::char::range(':', '@'), 0..4),
        negated in any::<bool>(),
    ) {
        let members: Vec<char> = members.into_iter().chain(more).filter(|c| *c != '/').collect();
        prop_assume!(!members.is_empty());
        let escaped: String = members.iter().flat_map(|c| ['\\', *c]).collect();
        let ignore = Ignore::parse(&format!("x*[{}{escaped}]", if negated { "^" } else { "" })).unwrap();
        for c in (' '..='~').filter(|c| *c != '/') {
            let expected = members.contains(&c) != negated;
            prop_assert_eq!(ignore.is_ignored(&format!("x{c}")), Ok(expected), "{}", c);
        }
    }

    /// Both frontends are played here: that of 20.10 does not announce triggers, newer ones do
    /// and mark them; neither tells which triggers are no steps.
    #[test]
    fn triggers_of_the_image_never_give_a_step_a_wrong_line(
        own in commands(),
        triggers in commands(),
        others in 0_usize..3,
        newer in any::<bool>(),
    ) {
        let mut text = "FROM image\n".to_owned();
        for command in &own {
            writeln!(text, "RUN {command}").unwrap();
        }
        let announced = 1 + own.len() + if newer { triggers.len() + others } else { 0 };
        let mark = if newer { "ONBUILD " } else { "" };
        let mut names = vec![format!("[1/{}] FROM image", 1 + own.len())];
        let inherited = triggers.iter().map(|command| format!("{mark}RUN {command}"));
        for step in inherited.chain(own.iter().map(|command| format!("RUN {command}"))) {
            names.push(format!("[{}/{announced}] {step}", names.len() + 1));
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let file = Dockerfile::parse(&text);
        let found = StepIndex::new(&file).locate(&names);
        let found: Vec<Option<usize>> = found.iter().map(|f| f.map(|f| f.instruction.line)).collect();
        let mut expected = vec![Some(1)];
        expected.extend(triggers.iter().map(|_| None));
        expected.extend((0..own.len()).map(|at| Some(at + 2)));
        prop_assert_eq!(found, expected);
    }

    /// A comment or a blank line moves lines and nothing else.
    #[test]
    fn comments_between_instructions_only_move_the_lines(commands in commands(), comments in commands()) {
        let mut text = "FROM scratch\n".to_owned();
        let mut expected = Vec::new();
        for (command, comments) in commands.iter().zip(comments.iter().chain(std::iter::repeat(&0))) {
            text += &"# comment \\\n\n".repeat(usize::from(*comments));
            writeln!(text, "RUN echo \\\n  # inside\n  {command}").unwrap();
            expected.push((text.lines().count() - 2, text.lines().count()));
        }
        let file = Dockerfile::parse(&text);
        let found = file.stages[0].instructions.iter().map(|i| (i.line, i.end_line));
        prop_assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn hostile_files_take_no_long_time_and_no_deep_stack() {
    let chain = (1..20_000).fold("FROM a AS s0\n".to_owned(), |text, n| {
        text + &format!("FROM s{} AS s{n}\nWORKDIR ..\n", n - 1)
    });
    let doubling = "ARG A=0123456789\n".to_owned() + &"ARG A=$A$A\n".repeat(200) + "FROM $A\n";
    let braces = format!("FROM {}x\n", "${A:-".repeat(100_000));
    let heredocs = format!("FROM a\nRUN {}\n", "<<E ".repeat(50_000));
    let quotes = format!("FROM a\nRUN <<E {}\n", "\"${".repeat(100_000));
    for text in [chain, doubling, braces, heredocs, quotes] {
        let file = Dockerfile::parse(&text);
        let stages = Stages::resolve(&file, &BuildArgs::new());
        assert!(stages.needed(None).is_some());
        let names =
            ["[1/3] RUN a", "[stage-0 2/18446744073709551615] RUN a", "[s1 9999999/1] RUN a"];
        StepIndex::new(&file).locate(&names);
    }
    let many = "FROM a\n".to_owned() + &"WORKDIR $A\nRUN a\n".repeat(1_000);
    let file = Dockerfile::parse(&many);
    let names: Vec<String> = (2..2_000).map(|n| format!("[{n}/2001] RUN b")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(StepIndex::new(&file).locate(&names).iter().all(Option::is_none));
    let ignore = Ignore::parse(&"**/a*".repeat(300)).unwrap();
    assert_eq!(ignore.is_ignored(&"b/".repeat(300)), Ok(false));
}
