//! The pages and completions as programs read them that were made for it.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use dp_testkit::skip;
use tempfile::TempDir;

fn written() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    dp_manual::write(folder.path()).unwrap();
    folder
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join("share").join(path)).unwrap()
}

#[test]
fn every_option_stands_in_the_page_and_is_completed() {
    let folder = written();
    for command in dp_manual::commands() {
        let name = command.get_name();
        let page = read(&folder, &format!("man/man1/{name}.1")).replace("\\-", "-");
        let bash = read(&folder, &format!("bash-completion/completions/{name}"));
        let zsh = read(&folder, &format!("zsh/site-functions/_{name}"));
        let fish = read(&folder, &format!("fish/vendor_completions.d/{name}.fish"));
        let options = command.get_arguments().filter(|one| !one.is_hide_set());
        let options: Vec<&str> = options.filter_map(clap::Arg::get_long).collect();
        assert!(options.len() > 10, "{name}: {options:?}");
        for option in options {
            assert!(page.contains(&format!("--{option}")), "{name}: --{option} in {page}");
            assert!(bash.contains(&format!("--{option} ")), "{name}: --{option} in bash");
            assert!(zsh.contains(&format!("--{option}")), "{name}: --{option} in zsh");
            assert!(fish.contains(&format!("-l {option} ")), "{name}: --{option} in fish");
        }
    }
}

/// Runs a program where it is installed.
fn ran(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{program}: {error}"),
    }
}

/// The files of a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<String> =
        entries.map(|entry| entry.unwrap().path().display().to_string()).collect();
    paths.sort();
    assert!(paths.len() >= 6, "{paths:?}");
    paths
}

#[test]
fn pages_are_set_without_a_warning() {
    let folder = written();
    for page in files(&folder.path().join("share/man/man1")) {
        let Some(set) = ran("groff", &["-man", "-Tascii", "-P-bcou", "-ww", &page]) else {
            return skip("groff is not installed");
        };
        assert!(set.status.success(), "{page}");
        assert_eq!(String::from_utf8_lossy(&set.stderr), "", "{page}");
        let text = String::from_utf8_lossy(&set.stdout).into_owned();
        for title in ["NAME", "SYNOPSIS", "DESCRIPTION"] {
            assert!(text.contains(title), "{page}: {title}");
        }
    }
}

#[test]
fn bash_completes_options_and_their_values() {
    let folder = written();
    let file = folder.path().join("share/bash-completion/completions/dp-size");
    for (words, expected) in
        [("dp-size --compr", "--compressed"), ("dp-size --source st", "storage")]
    {
        // As bash itself does on the tab key: the function that the file names for the program.
        let script = format!(
            "source '{}'; function=$(complete -p dp-size); function=${{function#*-F }}; \
             COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             ${{function%% *}} dp-size \"${{COMP_WORDS[COMP_CWORD]}}\" \
             \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; echo \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let Some(output) = ran("bash", &["-c", &script]) else {
            return skip("bash is not installed");
        };
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected, "{words}");
    }
}

#[test]
fn zsh_and_fish_understand_theirs() {
    let folder = written();
    for (shell, place) in [("zsh", "zsh/site-functions"), ("fish", "fish/vendor_completions.d")] {
        for file in files(&folder.path().join("share").join(place)) {
            let Some(output) = ran(shell, &["-n", &file]) else {
                skip(&format!("{shell} is not installed"));
                break;
            };
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success() && said.is_empty(), "{file}: {said}");
        }
    }
}
