//! Finds what a name means: a running container, or an image.

use dp_engine::container::ComposeContainer;
use dp_engine::{Engine, EngineError};
use dp_record::{Failure, Subject};
use dp_session::fault;
use dp_tool::{Exit, Fault, UpstreamSubject};

/// A name that was looked up.
#[derive(Debug)]
pub(crate) struct FoundSubject {
    /// The subject as it was named.
    pub(crate) from: UpstreamSubject,
    /// The kind of thing that it names.
    pub(crate) kind: SubjectKind,
}

/// The kind of thing that a name means.
#[derive(Debug)]
pub(crate) enum SubjectKind {
    /// A running container of this id.
    Running(String),
    /// An image.
    Image,
    /// Neither.
    Neither(Failure),
}

/// Looks each name up, as docker does: containers first. What came from records
/// is an image.
pub(crate) async fn all(
    engine: &Engine,
    subjects: Vec<UpstreamSubject>,
) -> Result<Vec<FoundSubject>, EngineError> {
    let mut found = Vec::new();
    for mut from in subjects {
        let kind = match from.subject.image {
            Some(_) => {
                // The one that another tool started is gone.
                from.subject.container = None;
                SubjectKind::Image
            }
            None => look(engine, &mut from.subject).await?,
        };
        found.push(FoundSubject { from, kind });
    }
    Ok(found)
}

/// Adds the running containers of compose projects, by the names of their
/// services.
pub(crate) async fn compose(
    engine: &Engine,
    projects: &[&str],
    subjects: &mut Vec<UpstreamSubject>,
) -> Result<(), Fault> {
    for project in projects {
        let found = engine.compose_containers(project).await.map_err(fault)?;
        if found.is_empty() {
            let message = format!(
                "no container of compose project {project} runs (docker compose ls shows the projects)"
            );
            return Err(Fault { exit: Exit::Failed, message });
        }
        subjects.extend(found.into_iter().map(of_service));
    }
    Ok(())
}

/// A container of a service goes by the service's name.
fn of_service(one: ComposeContainer) -> UpstreamSubject {
    let name = match one.number {
        Some(number) if number > 1 => format!("{}-{number}", one.service),
        _ => one.service,
    };
    let subject = Subject { name, container: Some(one.name), ..Subject::default() };
    UpstreamSubject { subject, ..UpstreamSubject::default() }
}

async fn look(engine: &Engine, subject: &mut Subject) -> Result<SubjectKind, EngineError> {
    let asked = subject.container.as_ref().or(subject.reference.as_ref());
    let name = asked.unwrap_or(&subject.name).clone();
    let facts = match engine.container(&name).await {
        Ok(facts) => facts,
        Err(EngineError::Refused { status: 404, .. }) => {
            return match engine.inspect(&name).await {
                Ok(_) => Ok(SubjectKind::Image),
                Err(EngineError::NoSuchImage { .. }) => {
                    let message = format!(
                        "no such container or image: {name} (docker ps shows what runs; build or pull images first)"
                    );
                    Ok(neither("no_such_container_or_image", message))
                }
                Err(error) => Err(error),
            };
        }
        Err(error) => return Err(error),
    };
    if !facts.running {
        let message = format!("container {name} does not run (start it, or name its image)");
        return Ok(neither("not_running", message));
    }
    // A name of the user's own stays.
    if subject.container.is_none() && subject.name == name {
        subject.name.clone_from(&facts.name);
    }
    subject.container = Some(facts.name);
    subject.reference = Some(facts.image_reference);
    subject.image = Some(facts.image);
    Ok(SubjectKind::Running(facts.id))
}

fn neither(code: &str, message: String) -> SubjectKind {
    SubjectKind::Neither(Failure { code: code.to_owned(), message, ..Failure::default() })
}
