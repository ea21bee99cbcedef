//! One image, measured.

use std::fs;

use dp_dockerfile::Dockerfile;
use dp_engine::ErrorKind;
use dp_engine::image::ImageFacts;
use dp_record::{Failure, Record, Subject, kind};
use dp_tool::host::Before;
use dp_tool::{Progress, Session, Stop, UpstreamSubject, fault};
use jiff::Timestamp;

use crate::args::Args;
use crate::detail::Detail;
use crate::export::ExportError;
use crate::figures;
use crate::given;
use crate::layers::{Origin, makers};
use crate::source::{Seen, SourceError, look};

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
}

impl Observer<'_> {
    /// One image. That it cannot be measured is a record too; that the engine is
    /// gone is not. None if the user stopped it.
    pub(crate) async fn observe(&self, wanted: &UpstreamSubject) -> anyhow::Result<Option<Record>> {
        let mut record = Record::new(kind::SIZE, Timestamp::now());
        record.host = Some(Before::read().into_host());
        record.subject = Some(wanted.subject.clone());
        match self.measure(&wanted.subject, &mut record).await {
            Ok(()) => {}
            Err(SourceError::Export(ExportError::Stopped)) => return Ok(None),
            Err(SourceError::Engine(error)) if error.kind() == ErrorKind::Unreachable => {
                return Err(fault(error).into());
            }
            Err(error) => record.fail(failure(&error, &wanted.subject)),
        }
        Ok(Some(record))
    }

    /// Asks by id where it is known: a name may mean another image by now.
    async fn measure(&self, subject: &Subject, record: &mut Record) -> Result<(), SourceError> {
        let asked = subject.image.as_ref().or(subject.reference.as_ref()).unwrap_or(&subject.name);
        let image = self.session.engine.inspect(asked).await?;
        let wanted = self.args.source;
        let seen = look(self.session, &image, wanted, &self.stop, self.progress).await?;
        record.metrics.set_count("engine_size_bytes", image.size_bytes);
        record.metrics.set_count("layers", image.diff_ids.len() as u64);
        if let Some(tree) = &seen.tree {
            figures::set(&mut record.metrics, tree);
        }
        let secrets = given::secrets(&seen.history);
        record.detail = serde_json::to_value(self.detail(&image, seen, subject)).ok();
        secrets.record(record);
        if let Some(subject) = &mut record.subject {
            subject.image = Some(image.id);
        }
        Ok(())
    }

    fn detail(&self, image: &ImageFacts, seen: Seen, subject: &Subject) -> Detail {
        let file = subject.dockerfile.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let file = file.map(|text| Dockerfile::parse(&text));
        let origin = file.as_ref().map(|file| Origin { file, target: subject.target.as_deref() });
        let makers = makers(&image.diff_ids, &seen.history, origin);
        let detail = match &seen.tree {
            Some(tree) => Detail::new(seen.source, &makers, tree, self.args.top.into()),
            None => Detail::inspected(makers),
        };
        Detail { source_reason: seen.reason, ..detail }
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
        SourceError::Storage(_) => ("unusable_storage", format!("{}: {error}", subject.name)),
    };
    Failure { code: code.to_owned(), message, ..Failure::default() }
}
