//! What changes before a build: as it is typed, and as it is meant.

use std::fmt;
use std::str::FromStr;

use dp_record::detail::cache::EditKind;

/// A scenario as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Builds from nothing.
    Cold,
    /// Builds after no change.
    Warm,
    /// A source file changes, one that is chosen by dp.
    Code,
    /// A dependency manifest changes, one that is chosen by dp.
    Deps,
    /// The user's own.
    Own {
        /// Its name in records.
        name: String,
        /// What changes.
        change: Change,
    },
}

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A file of the context: what is done to it, and its path.
    File(FileChange, String),
    /// A build argument: its name and value.
    Arg(String, String),
    /// What a command does to the context.
    Command(String),
}

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// A comment or white space is added: it stays valid.
    Edit,
    /// A line is added at its end.
    Append,
    /// Its time of modification changes.
    Touch,
    /// Its mode changes.
    Chmod,
    /// It goes.
    Delete,
    /// It is new.
    Add,
}

impl Asked {
    /// Its name in records.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Code => "code",
            Self::Deps => "deps",
            Self::Own { name, .. } => name,
        }
    }
}

impl Change {
    /// The kind of it, for records.
    pub(crate) fn kind(&self) -> EditKind {
        match self {
            Self::File(FileChange::Edit, _) => EditKind::Edit,
            Self::File(FileChange::Append, _) => EditKind::Append,
            Self::File(FileChange::Touch, _) => EditKind::Touch,
            Self::File(FileChange::Chmod, _) => EditKind::Chmod,
            Self::File(FileChange::Delete, _) => EditKind::Delete,
            Self::File(FileChange::Add, _) => EditKind::Add,
            Self::Arg(..) => EditKind::Arg,
            Self::Command(_) => EditKind::Cmd,
        }
    }

    /// The file that changes, by its path in the context.
    pub(crate) fn path(&self) -> Option<&str> {
        match self {
            Self::File(_, path) => Some(path),
            Self::Arg(..) | Self::Command(_) => None,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(_, path) => write!(f, "{} {path}", self.kind()),
            Self::Arg(key, _) => write!(f, "build argument {key}"),
            Self::Command(command) => write!(f, "command {command}"),
        }
    }
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, change)) = text.split_once('=') else {
            return match text {
                "cold" => Ok(Self::Cold),
                "warm" => Ok(Self::Warm),
                "code" => Ok(Self::Code),
                "deps" => Ok(Self::Deps),
                _ => Err(format!(
                    "{text} is none of cold, warm, code and deps: say what changes ({text}=edit:PATH)"
                )),
            };
        };
        if ["cold", "warm"].contains(&name) {
            return Err(format!("{name} changes nothing: choose another name"));
        }
        if name.is_empty() || name.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("a scenario is NAME=CHANGE, with a name without blanks".to_owned());
        }
        // `code=PATH` and `deps=PATH` are edits.
        let change = match (name, Change::from_str(change)) {
            ("code" | "deps", Err(_)) if !change.is_empty() && !change.contains(':') => {
                Change::File(FileChange::Edit, change.to_owned())
            }
            (_, change) => change?,
        };
        Ok(Self::Own { name: name.to_owned(), change })
    }
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, what) = text.split_once(':').unwrap_or((text, ""));
        if what.is_empty() {
            return Err(format!("nothing after {kind}: it is KIND:PATH, such as edit:src/main.c"));
        }
        let file = |change| Ok(Self::File(change, what.to_owned()));
        match kind {
            "edit" => file(FileChange::Edit),
            "append" => file(FileChange::Append),
            "touch" => file(FileChange::Touch),
            "chmod" => file(FileChange::Chmod),
            "delete" => file(FileChange::Delete),
            "add" => file(FileChange::Add),
            "cmd" => Ok(Self::Command(what.to_owned())),
            "arg" => match what.split_once('=') {
                Some((key, value)) if !key.is_empty() => {
                    Ok(Self::Arg(key.to_owned(), value.to_owned()))
                }
                _ => Err("a build argument is arg:KEY=VALUE".to_owned()),
            },
            _ => Err(format!(
                "{kind} is none of edit, append, touch, chmod, delete, add, arg and cmd"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> (String, Change) {
        match text.parse().unwrap() {
            Asked::Own { name, change } => (name, change),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_kind_of_change_is_read() {
        for (kind, change) in [
            ("edit", FileChange::Edit),
            ("append", FileChange::Append),
            ("touch", FileChange::Touch),
            ("chmod", FileChange::Chmod),
            ("delete", FileChange::Delete),
            ("add", FileChange::Add),
        ] {
            let expected = ("x".to_owned(), Change::File(change, "a b/c=d:e".to_owned()));
            assert_eq!(own(&format!("x={kind}:a b/c=d:e")), expected);
        }
        let arg = Change::Arg("A".to_owned(), "b=c".to_owned());
        assert_eq!(own("x=arg:A=b=c"), ("x".to_owned(), arg));
        assert_eq!(
            own("x=cmd:sed -i s/a=b/c/ f").1,
            Change::Command("sed -i s/a=b/c/ f".to_owned())
        );
    }

    #[test]
    fn code_and_deps_take_a_path_alone() {
        assert_eq!(own("code=src/a.c").1, Change::File(FileChange::Edit, "src/a.c".to_owned()));
        assert_eq!(
            own("deps=append:go.mod").1,
            Change::File(FileChange::Append, "go.mod".to_owned())
        );
        assert_eq!("code".parse(), Ok(Asked::Code));
        assert_eq!("cold".parse(), Ok(Asked::Cold));
    }

    #[test]
    fn what_is_no_scenario_says_what_one_is() {
        for (text, word) in [
            ("hot", "is none of cold, warm, code and deps"),
            ("x=src/a.c", "nothing after src/a.c"),
            ("x=edit:", "nothing after edit"),
            ("x=move:a", "none of edit, append"),
            ("x=arg:A", "arg:KEY=VALUE"),
            ("=edit:a", "a name without blanks"),
            ("a b=edit:a", "a name without blanks"),
            ("warm=edit:a", "changes nothing"),
            ("code=", "nothing after"),
            ("code=mv:a", "none of edit, append"),
        ] {
            let error = text.parse::<Asked>().unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
