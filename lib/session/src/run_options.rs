//! The options of `docker run` as options of ours.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use dp_engine::container::options::{OPTIONS, OptionSpec, Takes, refused_options};

/// Short forms that mean the same in all tools. The others of docker's serve
/// within `--run-option` and `--variant`.
const SHORT: [char; 4] = ['e', 'v', 'p', 'u'];

/// Run options as words of one form (`--name=value`).
#[derive(Debug, Clone, Default)]
pub struct RunOptionArgs {
    /// The words.
    pub words: Vec<String>,
}

/// Those that are options of ours.
fn offered() -> impl Iterator<Item = (&'static OptionSpec, &'static str)> {
    OPTIONS.iter().filter_map(|spec| Some((spec, spec.help?)))
}

fn argument(spec: &OptionSpec, help: &'static str) -> Arg {
    let arg = Arg::new(spec.name).long(spec.name).help(help).help_heading("Run options");
    let arg = match spec.short.filter(|short| SHORT.contains(short)) {
        Some(short) => arg.short(short),
        None => arg,
    };
    // As docker takes them: again and again, and flags with a value too.
    let arg = arg.action(ArgAction::Append);
    match spec.takes {
        Takes::Flag => arg
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Takes::Once(form) | Takes::Many(form) => arg.value_name(form),
    }
}

/// The options of docker run that are no options of ours, and those that do not go
/// together with measuring: for the help.
pub(crate) fn others() -> String {
    let list = |names: Vec<&str>| names.join(", ");
    let others = OPTIONS.iter().filter(|spec| spec.help.is_none()).map(|spec| spec.name);
    let refused = refused_options().filter(|name| name.len() > 1);
    format!(
        "Another option of docker run, as '--ulimit nofile=9'; repeat it. There are: {}. Measuring \
         does not go together with: {}",
        list(others.collect()),
        list(refused.collect())
    )
}

impl Args for RunOptionArgs {
    fn augment_args(command: Command) -> Command {
        command.args(offered().map(|(spec, help)| argument(spec, help)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for RunOptionArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut words = Vec::new();
        for (spec, _) in offered() {
            let values = matches.get_many::<String>(spec.name).into_iter().flatten();
            words.extend(values.map(|value| format!("--{}={value}", spec.name)));
        }
        Ok(Self { words })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        run: RunOptionArgs,
        images: Vec<String>,
    }

    #[test]
    fn options_become_words_of_one_form() {
        let line = "x -e A=1 image --memory 64m --init -eB --publish=80";
        let parsed = Line::try_parse_from(line.split(' ')).unwrap();
        let expected = ["--env=A=1", "--env=B", "--publish=80", "--memory=64m", "--init=true"];
        assert_eq!(parsed.run.words, expected);
        assert_eq!(parsed.images, ["image"]);
    }

    #[test]
    fn flags_may_have_a_value_and_all_may_be_repeated() {
        let line = "x --init=1 image --init --memory=1m --memory=2m --no-healthcheck=F";
        let parsed = Line::try_parse_from(line.split(' ')).unwrap();
        let expected =
            ["--memory=1m", "--memory=2m", "--init=1", "--init=true", "--no-healthcheck=F"];
        assert_eq!(parsed.run.words, expected);
        assert_eq!(parsed.images, ["image"]);
    }

    #[test]
    fn the_help_names_every_option_of_docker_run() {
        let others = others();
        let named = |name: &str| others.split([' ', ',', '.']).any(|word| word == name);
        let missing: Vec<&str> = OPTIONS
            .iter()
            .filter(|spec| spec.help.is_none())
            .map(|spec| spec.name)
            .chain(refused_options().filter(|name| name.len() > 1))
            .filter(|name| !named(name))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
