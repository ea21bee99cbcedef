//! What the help and the version of every tool must be.

use crate::Tool;

/// The longest line of a help, in columns.
const COLUMNS: usize = 100;

/// The tool's help names every one of these options (words), has examples, and
/// fits the columns.
#[track_caller]
pub fn assert_help(tool: &str, options: &str) {
    let help = Tool::new(tool).args(["--help"]).run().expect(0);
    assert!(help.stderr.is_empty());
    for option in options.split_whitespace() {
        // `-r, --runs` and `--compressed[=<HOW>]`.
        let names = |word: &str| word.split(['[', ',']).next() == Some(option);
        assert!(help.stdout.split_whitespace().any(names), "{option}");
    }
    assert!(help.stdout.contains("\nExamples:\n"));
    let longest = help.stdout.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(COLUMNS), "{longest:?}");
}

/// The tool tells the version of its package.
#[track_caller]
pub fn assert_version(tool: &str, version: &str) {
    let told = Tool::new(tool).args(["--version"]).run().expect(0);
    assert_eq!(told.stdout, format!("{tool} {version}\n"));
}
