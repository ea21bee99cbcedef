//! Images of an engine: what it knows of an image, what its Dockerfile and the
//! record of its build say, and its files.

use std::fs;

use dp_dockerfile::Dockerfile;
use dp_engine::ErrorKind;
use dp_engine::container::Refusal;
use dp_engine::image::ImageFacts;
use dp_record::{Detail, Failure, Subject};
use dp_session::Session;
use dp_tool::{Progress, Stop, UpstreamSubject};

use crate::base::{self, AskError, BaseError, FoundBase};
use crate::layers::BuildFile;
use crate::observation::Observation;
use crate::plan::Plan;
use crate::source::{SourceError, read_image};

/// What all images of an engine are observed with.
pub(crate) struct EngineContext<'a> {
    pub(crate) session: &'a Session,
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) stop: &'a Stop,
    pub(crate) progress: &'a Progress,
}

/// Observes one image.
///
/// # Errors
/// The image cannot be measured, the engine is gone, or the user stopped it.
pub(crate) async fn observe(
    context: &EngineContext<'_>,
    upstream: &UpstreamSubject,
) -> Result<Observation, SourceError> {
    let EngineContext { session, plan, stop, progress } = *context;
    let subject = &upstream.subject;
    let facts = session.engine.inspect(upstream.image()).await?;
    let text = subject.dockerfile.as_ref().and_then(|path| fs::read_to_string(path).ok());
    let file = text.map(|text| Dockerfile::parse(&text));
    let build_file = file.as_ref().map(|file| BuildFile {
        file,
        path: subject.dockerfile.as_deref().unwrap_or_default(),
        target: subject.target.as_deref(),
    });
    let base = find_base(context, &facts, upstream, build_file).await?;
    let (source, requests) = (plan.source, &plan.requests);
    let image = read_image(session, &facts, source, requests, stop, progress).await?;
    let mut observation = Observation::new(image, build_file, plan);
    observation.set_base(base);
    Ok(observation)
}

/// The base of the image: the one that the user names, otherwise what its build
/// record, Dockerfile and labels say.
async fn find_base(
    context: &EngineContext<'_>,
    image: &ImageFacts,
    upstream: &UpstreamSubject,
    build_file: Option<BuildFile<'_>>,
) -> Result<FoundBase, AskError> {
    let mut hints = match &upstream.detail {
        Some(Detail::Build(build)) => base::of_build(build),
        _ => Vec::new(),
    };
    hints.extend(build_file.and_then(|one| base::of_dockerfile(one.file, one.target)));
    hints.extend(base::of_labels(&image.labels));
    let (engine, name) = (&context.session.engine, &upstream.subject.name);
    base::ask(engine, context.plan.base, hints, name, &image.diff_ids).await
}

/// Why an image could not be measured.
pub(crate) fn failure(error: &SourceError, subject: &Subject) -> Failure {
    let (code, message) = match error {
        SourceError::Engine(error) if error.kind() == ErrorKind::NoSuchImage => {
            let reference = subject.reference.as_ref().unwrap_or(&subject.name);
            ("no_such_image", format!("no such image: {reference} (build it, or pull it first)"))
        }
        SourceError::Engine(error) if Refusal::of(error) == Some(Refusal::DiskFull) => {
            (Refusal::DiskFull.code(), error.to_string())
        }
        SourceError::Engine(error) => ("engine_refused", error.to_string()),
        SourceError::Export(error) => ("unreadable_export", format!("{}: {error}", subject.name)),
        SourceError::Base(error @ BaseError::Missing { .. }) => ("no_such_base", error.to_string()),
        SourceError::Base(error) => ("not_its_base", error.to_string()),
        SourceError::Storage(_) => ("unusable_storage", format!("{}: {error}", subject.name)),
    };
    Failure { code: code.to_owned(), message, ..Failure::default() }
}
