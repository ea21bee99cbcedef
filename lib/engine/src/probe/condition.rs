//! The conditions of `--ready` and `--probe`, as people write them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::Probe;
use super::exec::ExecProbe;
use super::http::HttpProbe;
use super::log::Pattern;
use super::tcp::TcpProbe;

/// What a container is waited for.
#[derive(Debug, Clone, Default)]
pub enum Condition {
    /// The engine reports that it runs.
    #[default]
    Running,
    /// It has exited with 0.
    Exit,
    /// It has written a byte.
    Output,
    /// It has written what matches, as often as is asked for.
    Log(Pattern),
    /// Its own health check has passed.
    Health,
    /// A probe has succeeded.
    Probe(ActiveProbe),
}

/// A probe with the word by which people ask for it.
#[derive(Debug, Clone)]
pub struct ActiveProbe {
    word: &'static str,
    pub(super) probe: Arc<dyn Probe>,
}

/// One kind of condition.
struct Row {
    /// How it is written; the word before `=` chooses the row.
    form: &'static str,
    read: Read,
}

/// How the condition is made of what was written.
enum Read {
    /// The word alone.
    Word(Condition),
    /// `WORD=VALUE`.
    Value(fn(&str) -> Result<Condition, String>),
    /// `WORD=VALUE` of a probe.
    Probe(fn(&str) -> Result<Arc<dyn Probe>, String>),
}

/// All conditions. Help texts and messages list them from here.
static TABLE: &[Row] = &[
    Row { form: "running", read: Read::Word(Condition::Running) },
    Row { form: "exit", read: Read::Word(Condition::Exit) },
    Row { form: "output", read: Read::Word(Condition::Output) },
    Row {
        form: "log=REGEX[#N]",
        read: Read::Value(|text| Pattern::parse(text).map(Condition::Log)),
    },
    Row { form: "tcp=PORT", read: Read::Probe(|text| boxed(TcpProbe::parse(text))) },
    Row {
        form: "http=[METHOD ]PORT/PATH[=STATUS]",
        read: Read::Probe(|text| boxed(HttpProbe::parse(text))),
    },
    Row { form: "health", read: Read::Word(Condition::Health) },
    Row { form: "exec=COMMAND", read: Read::Probe(|text| boxed(ExecProbe::parse(text))) },
];

fn boxed(probe: Result<impl Probe + 'static, String>) -> Result<Arc<dyn Probe>, String> {
    Ok(Arc::new(probe?))
}

impl Row {
    fn word(&self) -> &'static str {
        self.form.split('=').next().unwrap_or(self.form)
    }
}

/// How each condition is written (`running`, `log=REGEX[#N]`).
pub fn condition_forms() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.form)
}

/// How each condition is written that can be probed at a constant rate.
pub fn probe_forms() -> impl Iterator<Item = &'static str> {
    TABLE.iter().filter(|row| matches!(row.read, Read::Probe(_))).map(|row| row.form)
}

/// The forms of probes as a choice (`a, b or c`), for messages.
pub(super) fn probe_choice() -> String {
    choice(&probe_forms().collect::<Vec<_>>())
}

fn choice(forms: &[&str]) -> String {
    match forms {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// Text that is no condition: what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} (write {forms})", forms = choice(&condition_forms().collect::<Vec<_>>()))]
pub struct BadCondition(String);

impl FromStr for Condition {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let (word, value) = match text.split_once('=') {
            Some((word, value)) => (word, Some(value)),
            None => (text, None),
        };
        let row = TABLE.iter().find(|row| row.word() == word);
        let condition = match (row.map(|row| &row.read), value) {
            (Some(Read::Word(condition)), None) => Ok(condition.clone()),
            (Some(Read::Value(read)), Some(value)) => read(value),
            (Some(Read::Probe(read)), Some(value)) => read(value)
                .map(|probe| Self::Probe(ActiveProbe { word: row.map_or("", Row::word), probe })),
            _ => Err(format!("{text:?} is no condition")),
        };
        condition.map_err(BadCondition)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Exit => f.write_str("exit"),
            Self::Output => f.write_str("output"),
            Self::Log(pattern) => write!(f, "log={pattern}"),
            Self::Health => f.write_str("health"),
            Self::Probe(ActiveProbe { word, probe }) => write!(f, "{word}={probe}"),
        }
    }
}

impl Condition {
    /// Whether it must be probed.
    pub fn is_probed(&self) -> bool {
        matches!(self, Self::Probe(_))
    }

    /// The container's port that is probed, if it is one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Probe(active) => active.probe.port(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_written_as_they_are_read() {
        for text in [
            "running",
            "exit",
            "output",
            "log=^ready$",
            "log=a=b",
            "log=ready#2",
            "log=build \\#2",
            "tcp=8080",
            "http=8080/",
            "http=HEAD 8080/a?b=c",
            "http=80/health=204",
            "health",
            "exec=test -e /ready",
        ] {
            assert_eq!(text.parse::<Condition>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_condition_is_refused_with_the_way_out() {
        for (text, says) in [
            ("", "\"\" is no condition (write running, exit,"),
            ("ready", "\"ready\" is no condition"),
            ("tcp", "\"tcp\" is no condition"),
            ("tcp=0", "\"0\" is no port"),
            ("tcp=http", "\"http\" is no port"),
            ("http=/health", "\"\" is no port"),
            ("http=80/=99", "\"99\" is no status"),
            ("http=GE\tT 80/", "\"GE\\tT\" is no method"),
            ("log=(", "the pattern \"(\" does not compile: unclosed group"),
            ("log=ready#0", "#0 asks for no match"),
            ("exec=", "\"exec=\" is no condition"),
            ("exit=1", "\"exit=1\" is no condition"),
        ] {
            let error = text.parse::<Condition>().unwrap_err().to_string();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }

    #[test]
    fn messages_list_every_form_once() {
        let forms: Vec<_> = condition_forms().collect();
        let error = "ready".parse::<Condition>().unwrap_err().to_string();
        assert!(error.ends_with(&format!("(write {})", choice(&forms))), "{error}");
        assert_eq!(choice(&["a", "b=B", "c"]), "a, b=B or c");
        assert_eq!(choice(&["a"]), "a");
        for form in ["running", "log=REGEX[#N]", "tcp=PORT", "exec=COMMAND"] {
            assert_eq!(forms.iter().filter(|one| **one == form).count(), 1, "{forms:?}");
            assert_eq!(probe_choice().contains(form), ["tcp=PORT", "exec=COMMAND"].contains(&form));
        }
    }
}
