//! The ways in which each image is started.

use dp_engine::container::{OptionError, RunOptions};
use dp_tool::Fault;

use crate::args::Args;

/// One way of starting.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    /// Its name; none if there is only one.
    pub(crate) name: Option<String>,
    /// Run options.
    pub(crate) options: RunOptions,
    /// Command, if it is not the image's own.
    pub(crate) command: Option<Vec<String>>,
}

/// All ways, in the order in which they were given.
pub(crate) fn ways(args: &Args) -> Result<Vec<Way>, Fault> {
    let options = base(args).map_err(fault)?;
    let command = Some(args.command.clone()).filter(|words| !words.is_empty());
    let base = Way { name: None, options, command };
    if args.variant.is_empty() {
        return Ok(vec![base]);
    }
    let mut ways: Vec<Way> = Vec::new();
    for text in &args.variant {
        let way = variant(text, &base)?;
        if ways.iter().any(|known| known.name == way.name) {
            return Err(Fault::usage(format!("--variant {text}: two variants of one name")));
        }
        ways.push(way);
    }
    Ok(ways)
}

/// What holds in all variants.
fn base(args: &Args) -> Result<RunOptions, OptionError> {
    let mut words = args.run.words.clone();
    for text in &args.run_option {
        let quotes = || OptionError::Quotes { text: text.clone() };
        words.extend(shlex::split(text).ok_or_else(quotes)?);
    }
    RunOptions::parse(words)
}

fn variant(text: &str, base: &Way) -> Result<Way, Fault> {
    let wrong = || Fault::usage(format!("--variant {text}: write NAME='[OPTIONS] [-- COMMAND]'"));
    let (name, line) = text.split_once('=').ok_or_else(wrong)?;
    if name.is_empty() || name.starts_with('-') {
        return Err(wrong());
    }
    let (options, command) = RunOptions::parse_line(line)
        .map_err(|error| Fault::usage(format!("--variant {name}: {error}")))?;
    Ok(Way {
        name: Some(name.to_owned()),
        options: base.options.and(&options),
        command: command.or_else(|| base.command.clone()),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "goes into map_err")]
fn fault(error: OptionError) -> Fault {
    Fault::usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn of(words: &[&str]) -> Result<Vec<Way>, String> {
        let words = ["dp-start"].iter().chain(words);
        ways(&Args::try_parse_from(words).unwrap()).map_err(|fault| fault.message)
    }

    #[test]
    fn variants_stand_on_what_holds_for_all() {
        let ways = of(&[
            "image",
            "--memory=64m",
            "--run-option=--ulimit nofile=9",
            "--variant",
            "plain=",
            "--variant",
            "host=--network host -m 32m -- b c",
            "--",
            "a",
        ])
        .unwrap();
        let [plain, host] = &ways[..] else { panic!("{ways:?}") };
        assert_eq!(plain.name.as_deref(), Some("plain"));
        assert_eq!(plain.options.last("memory"), Some("64m"));
        assert_eq!(plain.options.last("ulimit"), Some("nofile=9"));
        assert_eq!(plain.command.as_deref(), Some(&["a".to_owned()][..]));
        assert_eq!(
            (host.options.last("network"), host.options.last("memory")),
            (Some("host"), Some("32m"))
        );
        assert_eq!(host.command.as_ref().unwrap(), &["b", "c"]);
    }

    #[test]
    fn what_is_no_variant_is_refused() {
        for (word, says) in [
            ("plain", "--variant plain: write NAME="),
            ("=--init", "--variant =--init: write NAME="),
            ("a=--rm", "--variant a: cannot honour --rm: dp removes each container itself"),
            ("a=true", "--variant a: \"true\" is no run option"),
        ] {
            let message = of(&["image", "--variant", word]).unwrap_err();
            assert!(message.starts_with(says), "{message}");
        }
        let twice = of(&["image", "--variant=a=", "--variant=a=--init"]).unwrap_err();
        assert!(twice.ends_with("two variants of one name"), "{twice}");
    }
}
