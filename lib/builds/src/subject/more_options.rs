//! Options that go to `docker buildx build`.

use dp_tool::Fault;

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
    ("--output", "give it before --"),
    ("-o", "give --output before --"),
    ("--push", "push the image that stays, afterwards"),
    ("--load", "dp does so by itself"),
    ("--quiet", "give it before --"),
    ("-q", "give --quiet before --"),
    ("--metadata-file", "give it before --"),
    ("--iidfile", "give it before --"),
    ("--call", "it builds nothing"),
    ("--check", "it builds nothing"),
    ("--print", "it builds nothing"),
    ("--debug", "nobody is there to answer it"),
    ("-D", "nobody is there to answer it"),
];

/// Refuses options that dp cannot honour.
///
/// # Errors
/// One of them, with the way to say it.
pub fn check_more(more: &[String]) -> Result<(), Fault> {
    for word in more {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        if let Some((_, way_out)) =
            OURS.iter().find(|(ours, _)| *ours == name || is_glued_short(ours, word))
        {
            return Err(Fault::usage(format!("{name} cannot be given after --: {way_out}")));
        }
    }
    Ok(())
}

/// `-fDockerfile` is `-f Dockerfile`.
fn is_glued_short(ours: &str, word: &str) -> bool {
    ours.len() == 2 && !word.starts_with("--") && word.starts_with(ours)
}

/// The kinds of output that make no image in the engine and push nothing.
const OUTPUTS: &[&str] = &["cacheonly", "local", "tar", "oci"];

/// Refuses outputs that dp cannot honour safely.
///
/// # Errors
/// An output that pushes, is no image of the engine, or takes our stdout.
pub fn check_output(output: Option<&str>) -> Result<(), Fault> {
    let Some(output) = output else { return Ok(()) };
    let fields = || output.split(',').filter_map(|field| field.split_once('='));
    let value = |name| fields().find(|(field, _)| *field == name).map(|(_, value)| value);
    let known = value("type").is_some_and(|kind| OUTPUTS.contains(&kind));
    let stdout = output == "-" || value("dest") == Some("-");
    if known && !stdout {
        return Ok(());
    }
    let message = format!(
        "cannot honour --output {output}: give type=cacheonly, local, tar or oci with a dest (without it the image lands in the engine; push it afterwards)"
    );
    Err(Fault::usage(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(words: &[&str]) -> bool {
        check_more(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).is_err()
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
    fn an_output_never_pushes_and_never_takes_our_stdout() {
        for good in ["type=cacheonly", "type=local,dest=out", "dest=a.tar,type=oci"] {
            assert!(check_output(Some(good)).is_ok(), "{good}");
        }
        for bad in
            ["type=image,push=true", "type=registry", "type=tar,dest=-", "-", "out", "type=docker"]
        {
            assert!(check_output(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn hands_on_what_it_does_not_know() {
        assert!(!refused(&["--build-context", "a=b", "--ulimit=nofile=9", "--network", "none"]));
    }
}
