//! The command line of one build.

use std::ffi::OsString;
use std::path::PathBuf;

use dp_engine::Endpoint;
use dp_engine::build::BuildxRequest;

use crate::plan::Plan;
use crate::source::Source;

/// The whole request.
pub(crate) fn request(
    endpoint: &Endpoint,
    arguments: Vec<OsString>,
) -> std::io::Result<BuildxRequest> {
    let mut env: Vec<(OsString, Option<OsString>)> =
        endpoint.cli_env().into_iter().map(|(name, value)| (name.into(), value)).collect();
    // Attestations make another image of every build; buildx reads this since 0.10.
    env.push(("BUILDX_NO_DEFAULT_ATTESTATIONS".into(), Some("1".into())));
    // Would choose another builder silently.
    env.push(("BUILDX_BUILDER".into(), None));
    Ok(BuildxRequest {
        docker: PathBuf::from("docker"),
        cli_args: endpoint.cli_args().into_iter().map(Into::into).collect(),
        env,
        args: arguments,
        cwd: std::env::current_dir()?,
    })
}

/// What follows `docker buildx build --progress=rawjson`, beginning with the
/// words that choose the builder and those that make it cold.
pub(crate) fn arguments(
    plan: &Plan,
    source: &Source,
    tag: &str,
    builder: &[OsString],
    cold: &[OsString],
) -> Vec<OsString> {
    let subject = &source.subject;
    let mut words = builder.to_vec();
    words.extend(["--file".into(), subject.dockerfile.clone().into()]);
    words.extend(match &plan.output {
        Some(output) => ["--output".into(), output.into()],
        None => ["--tag".into(), tag.into()],
    });
    if let Some(target) = &subject.target {
        words.extend(["--target".into(), target.into()]);
    }
    words.extend(cold.iter().cloned());
    words.extend(source.options.iter().map(OsString::from));
    words.push(subject.context.clone().into());
    words
}
