//! One image, measured.

use std::fs;

use dp_dockerfile::Dockerfile;
use dp_engine::ErrorKind;
use dp_engine::image::ImageFacts;
use dp_record::{Failure, Metrics, Record, Subject, kind};
use dp_tool::host::Before;
use dp_tool::{Progress, Session, Stop, UpstreamSubject, fault};
use jiff::Timestamp;

use crate::account::{Files, account};
use crate::args::Args;
use crate::base::{self, AskError, BaseError, Hint, Known};
use crate::detail::Detail;
use crate::diff::diff;
use crate::export::ExportError;
use crate::findings::Image;
use crate::given;
use crate::layers::{Origin, makers};
use crate::lines::user_at;
use crate::shared::Sharing;
use crate::source::{Looking, Seen, SourceError, look};
use crate::tree::Tree;

/// Measures image by image on one engine.
pub(crate) struct Observer<'a> {
    /// The engine.
    pub(crate) session: &'a Session,
    /// What was typed.
    pub(crate) args: &'a Args,
    /// Asks to stop.
    pub(crate) stop: Stop,
    /// What people see.
    pub(crate) progress: &'a Progress,
    /// The layers that the images share.
    pub(crate) sharing: Sharing,
    /// The image that the others are compared with, and its files.
    pub(crate) first: Option<(Subject, Tree)>,
}

/// An image that was measured.
pub(crate) struct Observed {
    /// What came of it.
    pub(crate) record: Record,
    /// Its files, if they were seen.
    pub(crate) tree: Option<Tree>,
}

impl Observer<'_> {
    /// One image. That it cannot be measured is a record too; that the engine is
    /// gone is not. None if the user stopped it.
    pub(crate) async fn observe(
        &self,
        wanted: &UpstreamSubject,
    ) -> anyhow::Result<Option<Observed>> {
        let mut record = Record::new(kind::SIZE, Timestamp::now());
        record.host = Some(Before::read().into_host());
        record.subject = Some(wanted.subject.clone());
        let mut tree = None;
        match self.measure(wanted, &mut record).await {
            Ok(found) => tree = found,
            Err(SourceError::Export(ExportError::Stopped)) => return Ok(None),
            Err(SourceError::Engine(error)) if error.kind() == ErrorKind::Unreachable => {
                return Err(fault(error).into());
            }
            Err(error) => record.fail(failure(&error, &wanted.subject)),
        }
        Ok(Some(Observed { record, tree }))
    }

    async fn measure(
        &self,
        wanted: &UpstreamSubject,
        record: &mut Record,
    ) -> Result<Option<Tree>, SourceError> {
        let subject = &wanted.subject;
        let image = self.session.engine.inspect(wanted.image()).await?;
        let file = subject.dockerfile.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let file = file.map(|text| Dockerfile::parse(&text));
        let origin = file.as_ref().map(|file| Origin { file, target: subject.target.as_deref() });
        let base = self.base(&image, wanted, origin).await?;
        let looking = Looking { source: self.args.source, wishes: self.args.wishes() };
        let seen = look(self.session, &image, looking, &self.stop, self.progress).await?;
        record.metrics.set_count("engine_size_bytes", image.size_bytes);
        record.metrics.set_count("layers", image.diff_ids.len() as u64);
        let secrets = given::secrets(&seen.history);
        let mut detail = self.detail(&image, &seen, subject, origin, &mut record.metrics);
        detail.set_base(&mut record.metrics, base);
        detail.set_shared(&self.sharing, &image.diff_ids);
        let first = self.first.as_ref().filter(|(first, _)| first != subject);
        if let (Some((against, first)), Some(tree)) = (first, &seen.tree) {
            detail.diff = Some(diff(&against.name, first, tree, self.args.top.into()));
        }
        record.detail = serde_json::to_value(detail).ok();
        secrets.record(record);
        if let Some(subject) = &mut record.subject {
            subject.image = Some(image.id);
        }
        Ok(seen.tree)
    }

    /// The base of the image, as far as something here tells it.
    async fn base(
        &self,
        image: &ImageFacts,
        wanted: &UpstreamSubject,
        origin: Option<Origin<'_>>,
    ) -> Result<Known, AskError> {
        let mut hints: Vec<Hint> = wanted.detail.iter().flat_map(base::of_record).collect();
        hints.extend(origin.and_then(|origin| base::of_dockerfile(origin.file, origin.target)));
        hints.extend(base::of_labels(&image.labels));
        let (engine, option) = (&self.session.engine, self.args.base.as_deref());
        base::ask(engine, option, hints, &wanted.subject.name, &image.diff_ids).await
    }

    fn detail(
        &self,
        image: &ImageFacts,
        seen: &Seen,
        subject: &Subject,
        origin: Option<Origin<'_>>,
        metrics: &mut Metrics,
    ) -> Detail {
        let makers = makers(&image.diff_ids, &seen.history, origin);
        let mut detail = match &seen.tree {
            Some(tree) => {
                let user_at = origin.and_then(|origin| user_at(origin.file, origin.target));
                let about = Image {
                    makers: &makers,
                    dockerfile: subject.dockerfile.as_deref(),
                    user: Some(image.user.as_deref().unwrap_or_default()),
                    user_line: user_at.map(|one| (one.text.as_str(), one.line)),
                };
                let files = Files { source: seen.source, tree, packed: seen.packed.as_deref() };
                account(metrics, files, &about, self.args)
            }
            None => Detail::inspected(makers),
        };
        detail.source_reason.clone_from(&seen.reason);
        detail
    }
}

/// Why an image could not be measured.
fn failure(error: &SourceError, subject: &Subject) -> Failure {
    let (code, message) = match error {
        SourceError::Engine(error) if error.kind() == ErrorKind::NoSuchImage => {
            let reference = subject.reference.as_ref().unwrap_or(&subject.name);
            ("no_such_image", format!("no such image: {reference} (build it, or pull it first)"))
        }
        SourceError::Engine(error) => ("engine_refused", error.to_string()),
        SourceError::Export(error) => ("unreadable_export", format!("{}: {error}", subject.name)),
        SourceError::Base(error @ BaseError::Missing { .. }) => ("no_such_base", error.to_string()),
        SourceError::Base(error) => ("not_its_base", error.to_string()),
        SourceError::Storage(_) => ("unusable_storage", format!("{}: {error}", subject.name)),
    };
    Failure { code: code.to_owned(), message, ..Failure::default() }
}
