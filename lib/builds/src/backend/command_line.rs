//! The command line of one build.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::BuildxRequest;
use dp_engine::Endpoint;

use crate::subject::BuildPlan;
use crate::subject::ResolvedSubject;

/// The whole request.
pub(super) fn request(
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
/// words that choose the builder and those that keep it apart from the user's build
/// cache.
pub fn arguments(
    plan: &BuildPlan,
    resolved: &ResolvedSubject,
    tag: &str,
    builder: &[OsString],
    isolating: &[OsString],
) -> Vec<OsString> {
    let subject = &resolved.subject;
    let mut words = builder.to_vec();
    words.extend(["--file".into(), subject.dockerfile.clone().into()]);
    words.extend(match &plan.output {
        Some(output) => ["--output".into(), output.into()],
        None => ["--tag".into(), tag.into()],
    });
    if let Some(target) = &subject.target {
        words.extend(["--target".into(), target.into()]);
    }
    words.extend(isolating.iter().cloned());
    words.extend(resolved.options.iter().map(OsString::from));
    words.push(subject.context.clone().into());
    words
}
