//! `--limits memory=1g,cpus=1`: variants of the same work under limits.

use dp_engine::container::RunOptions;
use dp_session::{Variant, VariantArgs};
use dp_tool::Fault;

/// What can be limited, by docker's own names.
const KNOWN: &[&str] = &["memory", "memory-swap", "cpus", "cpuset-cpus", "pids-limit", "shm-size"];
/// The word for no limit at all.
const NONE: &str = "none";

/// All variants: those of `--variant`, and one for each of `--limits`.
pub(crate) fn variants(
    args: &VariantArgs,
    limits: &[String],
    command: &[String],
) -> Result<Vec<Variant>, Fault> {
    let mut variants = args.variants(command)?;
    if limits.is_empty() {
        return Ok(variants);
    }
    let base = args.base(command)?;
    if args.variant.is_empty() {
        variants.clear();
    }
    for text in limits {
        let options = options(text)?;
        let options = RunOptions::parse(options)
            .map_err(|error| Fault::usage(format!("--limits {text}: {error}")))?;
        if variants.iter().any(|variant| variant.name.as_deref() == Some(text)) {
            return Err(Fault::usage(format!("--limits {text}: two variants of one name")));
        }
        let options = base.options.and(&options);
        variants.push(Variant { name: Some(text.clone()), options, command: base.command.clone() });
    }
    Ok(variants)
}

/// The options of docker run. Swap would hide a limit of memory: it is none
/// unless it was asked for.
fn options(text: &str) -> Result<Vec<String>, Fault> {
    if text == NONE {
        return Ok(Vec::new());
    }
    let mut words = Vec::new();
    for part in text.split(',') {
        let known =
            part.split_once('=').filter(|(name, value)| KNOWN.contains(name) && !value.is_empty());
        let Some((name, value)) = known else {
            let known = KNOWN.join(", ");
            return Err(Fault::usage(format!(
                "--limits {text}: {part:?} is no limit (none, or some of {known}, each as NAME=VALUE)"
            )));
        };
        words.push(format!("--{name}={value}"));
        if name == "memory" && !text.contains("memory-swap=") {
            words.push(format!("--memory-swap={value}"));
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::Args;

    fn of(words: &[&str]) -> Result<Vec<Variant>, String> {
        let args = Args::try_parse_from(["dp-stats", "image"].iter().chain(words)).unwrap();
        variants(&args.variants, &args.limits, &args.command).map_err(|fault| fault.message)
    }

    #[test]
    fn limits_are_variants_of_the_same_work_without_swap() {
        let words =
            ["--init", "--limits", "none", "--limits", "memory=1g,cpus=1", "--", "job", "-x"];
        let variants = of(&words).unwrap();
        let [none, limited] = &variants[..] else { panic!("{variants:?}") };
        assert_eq!((none.name.as_deref(), none.options.last("memory")), (Some("none"), None));
        assert_eq!(limited.name.as_deref(), Some("memory=1g,cpus=1"));
        assert_eq!(limited.options.last("memory"), Some("1g"));
        assert_eq!(limited.options.last("memory-swap"), Some("1g"));
        assert_eq!(limited.options.last("cpus"), Some("1"));
        assert!(limited.options.is_set("init"));
        assert_eq!(limited.command.as_ref().unwrap(), &["job", "-x"]);
        let swap = of(&["--limits", "memory=1g,memory-swap=2g"]).unwrap();
        assert_eq!(swap[0].options.last("memory-swap"), Some("2g"));
    }

    #[test]
    fn variants_and_limits_go_together() {
        let variants = of(&["--variant", "a=--init", "--limits", "cpus=1"]).unwrap();
        let names: Vec<_> = variants.iter().filter_map(|variant| variant.name.as_deref()).collect();
        assert_eq!(names, ["a", "cpus=1"]);
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for (words, says) in [
            (&["--limits", "1g"][..], "--limits 1g: \"1g\" is no limit (none, or some of memory,"),
            (&["--limits", "memory="], "--limits memory=: \"memory=\" is no limit"),
            (&["--limits", "cpus=1", "--limits", "cpus=1"], "--limits cpus=1: two variants"),
        ] {
            let message = of(words).map_or_else(|error| error, |variants| format!("{variants:?}"));
            assert!(message.starts_with(says), "{message}");
        }
    }
}
