//! The options of `docker run` as options of ours.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};
use dp_engine::container::options::{OPTIONS, OptionSpec, Takes};

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
    match spec.takes {
        Takes::Flag => arg.action(ArgAction::SetTrue),
        Takes::Once(form) => arg.action(ArgAction::Set).value_name(form),
        Takes::Many(form) => arg.action(ArgAction::Append).value_name(form),
    }
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
            if spec.takes == Takes::Flag {
                words.extend(matches.get_flag(spec.name).then(|| format!("--{}", spec.name)));
            } else {
                let values = matches.get_many::<String>(spec.name).into_iter().flatten();
                words.extend(values.map(|value| format!("--{}={value}", spec.name)));
            }
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
        let expected = ["--env=A=1", "--env=B", "--publish=80", "--memory=64m", "--init"];
        assert_eq!(parsed.run.words, expected);
        assert_eq!(parsed.images, ["image"]);
    }
}
