//! Options that go to `docker buildx build`.

use dp_tool::Fault;

use crate::args::Args;

/// Options that dp sets itself, each with the way to say it.
const OURS: &[(&str, &str)] = &[
    ("--file", "give it before --"),
    ("-f", "give --file before --"),
    ("--tag", "give it before --"),
    ("-t", "give --tag before --"),
    ("--target", "give it before --"),
    ("--builder", "give it before --"),
    ("--no-cache", "give --cold before --"),
    ("--no-cache-filter", "it would empty your cache mounts"),
    ("--progress", "dp reads the progress itself"),
    ("--output", "dp loads the image into the engine, to measure it"),
    ("-o", "dp loads the image into the engine, to measure it"),
    ("--push", "push the image that stays, afterwards"),
    ("--load", "dp does so by itself"),
    ("--quiet", "give it before --"),
    ("-q", "give --quiet before --"),
    ("--metadata-file", "dp's records say more"),
    ("--iidfile", "the image's id stands in the record"),
    ("--call", "it builds nothing"),
    ("--check", "it builds nothing"),
    ("--print", "it builds nothing"),
    ("--debug", "nobody is there to answer it"),
    ("-D", "nobody is there to answer it"),
];

/// Refuses what dp cannot honour, and anything that is no option.
pub(crate) fn check(more: &[String]) -> Result<(), Fault> {
    for word in more {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        if let Some((_, way_out)) =
            OURS.iter().find(|(ours, _)| *ours == name || is_glued_short(ours, word))
        {
            return Err(Fault::usage(format!("{name} cannot stand behind --: {way_out}")));
        }
    }
    Ok(())
}

/// `-fDockerfile` is `-f Dockerfile`.
fn is_glued_short(ours: &str, word: &str) -> bool {
    ours.len() == 2 && !word.starts_with("--") && word.starts_with(ours)
}

/// The options of every run, apart from file, target, tag and context.
pub(crate) fn options(args: &Args) -> Vec<String> {
    let build = &args.build;
    let mut options = Vec::new();
    let mut add = |name: &str, values: &[String]| {
        for value in values {
            options.extend([name.to_owned(), value.clone()]);
        }
    };
    add("--build-arg", &build.build_arg);
    add("--secret", &build.secret);
    add("--platform", build.platform.as_slice());
    options.extend(args.more.iter().cloned());
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> bool {
        check(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).is_err()
    }

    #[test]
    fn refuses_what_dp_sets_itself() {
        for words in [
            ["--output", "x"],
            ["--no-cache=true", ""],
            ["-ffile", ""],
            ["-t", "x"],
            ["--push", ""],
        ] {
            assert!(refused(&words), "{words:?}");
        }
    }

    #[test]
    fn hands_on_what_it_does_not_know() {
        assert!(!refused(&["--build-context", "a=b", "--ulimit=nofile=9", "--network", "none"]));
    }
}
