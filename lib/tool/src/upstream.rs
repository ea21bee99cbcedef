//! Records from stdin: handed on at once, and remembered as far as they say
//! what to measure.

use std::collections::BTreeMap;

use dp_record::{
    Content, Detail, Ids, Missing, Outcome, PlanCheck, ReadError, Reader, Record, RecordView,
    Subject,
};

use crate::{Fault, Io, Progress, StopReason};

/// What came from upstream.
#[derive(Debug, Default)]
pub struct Upstream {
    /// Per name and scenario (and platform and variant) the subject of the
    /// last `ok` record that is no warm-up and names an image, in the order of
    /// their first appearance.
    pub subjects: Vec<UpstreamSubject>,
    /// How many lines were records.
    pub records: u64,
    /// The first line that was no record, and how many there were.
    pub unusable: Option<(String, u64)>,
    ids: Ids,
    check: PlanCheck,
}

/// A subject that an upstream tool made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UpstreamSubject {
    /// The subject as it stands in the record.
    pub subject: Subject,
    /// The user's own words of that record.
    pub meta: BTreeMap<String, String>,
    /// What explains the figures of that record.
    pub detail: Option<Detail>,
}

impl UpstreamSubject {
    /// What to ask an engine for: the id where it is known, since a name may
    /// mean another image by now.
    pub fn image(&self) -> &str {
        let subject = &self.subject;
        subject.image.as_ref().or(subject.reference.as_ref()).unwrap_or(&subject.name)
    }
}

impl Upstream {
    /// What was planned and did not come.
    pub fn missing(&self) -> Vec<Missing> {
        self.check.missing(&self.ids)
    }

    /// How many failed records came.
    pub fn failed(&self) -> u64 {
        self.check.failed()
    }

    fn observe(&mut self, record: Record) {
        let view = RecordView::from(&record);
        self.check.observe(self.ids.of(&view), &view);
        let counts = record.outcome == Outcome::Ok && !record.is_warmup();
        let Some(subject) = record.subject.filter(|subject| counts && subject.image.is_some())
        else {
            return;
        };
        let found = UpstreamSubject { subject, meta: record.meta, detail: record.detail };
        match self.subjects.iter_mut().find(|known| same_series(&known.subject, &found.subject)) {
            Some(known) => *known = found,
            None => self.subjects.push(found),
        }
    }
}

fn same_series(a: &Subject, b: &Subject) -> bool {
    (&a.name, &a.scenario, &a.platform, &a.variant)
        == (&b.name, &b.scenario, &b.platform, &b.variant)
}

/// Hands stdin on to stdout until it ends. A first signal does not cut it
/// short: what upstream still says is handed on.
///
/// # Errors
/// stdin is a terminal or holds no records, or stdout cannot be written to.
pub fn pass_through(io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Upstream> {
    let stdin =
        io.stdin.take().ok_or_else(|| Fault::usage("no records on stdin: it is a terminal"))?;
    let mut reader = Reader::new("stdin", stdin);
    let mut upstream = Upstream::default();
    loop {
        match reader.next_line_to(io.stdout) {
            Ok(Some(line)) => match line.content {
                Content::Record(record) => {
                    upstream.records += 1;
                    upstream.observe(*record);
                }
                Content::Blank => {}
                Content::Bad(problem) => {
                    upstream.note_unusable(format!("{}: {problem}", line.place), progress);
                }
            },
            Ok(None) => break,
            Err(ReadError::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                io.stop.set(StopReason::StdoutClosed);
                break;
            }
            Err(error) => return Err(Fault::usage(error.to_string()).into()),
        }
    }
    if upstream.records == 0 && upstream.unusable.is_none() && !io.stop.is_set() {
        return Err(Fault::usage("no records: did the tool before fail?").into());
    }
    Ok(upstream)
}

impl Upstream {
    fn note_unusable(&mut self, what: String, progress: &Progress) {
        progress.warn(&what);
        match &mut self.unusable {
            Some((_, count)) => *count += 1,
            None => self.unusable = Some((what, 1)),
        }
    }
}
