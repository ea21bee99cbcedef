//! What a middle tool measures: its arguments, or what comes on stdin.

use dp_record::Subject;

use crate::{Exit, Fault, Io, Progress, RecordArgs, Upstream, UpstreamSubject, pass_through};

/// The word that means stdin.
const STDIN: &str = "-";

/// The subjects of a tool, and what came before them in the pipe.
#[derive(Debug, Default)]
pub struct Subjects {
    /// What to measure, in order: arguments first.
    pub subjects: Vec<UpstreamSubject>,
    /// What stdin held, if it was read.
    pub upstream: Option<Upstream>,
}

impl Subjects {
    /// Takes `arguments` (names of images); without any the records on stdin,
    /// which are handed on; with `-` among them both. A tool that was given
    /// subjects and no `-` never touches stdin.
    ///
    /// # Errors
    /// Nothing was named and stdin is a terminal, or holds no records.
    pub fn read(
        arguments: &[String],
        io: &mut Io<'_>,
        progress: &Progress,
    ) -> anyhow::Result<Self> {
        let given = arguments.iter().filter(|argument| *argument != STDIN);
        let mut subjects: Vec<UpstreamSubject> = given.map(|name| of_argument(name)).collect();
        let asked = arguments.iter().any(|argument| argument == STDIN);
        if !arguments.is_empty() && !asked {
            return Ok(Self { subjects, upstream: None });
        }
        if io.stdin.is_none() {
            let message = "nothing to measure: name an image, or pipe records in (try --help)";
            return Err(Fault::usage(message).into());
        }
        let upstream = pass_through(io, progress)?;
        if let Some((first, count)) = &upstream.unusable {
            let nothing = subjects.is_empty() && upstream.records == 0;
            // Without quiet each was a warning already.
            let first = if progress.is_quiet() { format!("{first}; ") } else { String::new() };
            if nothing {
                let message = format!("{first}stdin: no records: did the tool before fail?");
                return Err(Fault::usage(message).into());
            }
            // The tool ends with 2 for it: those who want quiet are told too.
            progress.error(&format!(
                "{first}lines on stdin that are no records: {count}; the rest is measured"
            ));
        }
        subjects.extend(upstream.subjects.iter().cloned());
        Ok(Self { subjects, upstream: Some(upstream) })
    }

    /// `--name` names the subjects in their order; `what` is what they are.
    ///
    /// # Errors
    /// Some are named and others are not.
    pub fn rename(&mut self, records: &RecordArgs, what: &str) -> Result<(), Fault> {
        records.check_names(self.subjects.len(), what)?;
        for (one, name) in self.subjects.iter_mut().zip(&records.name) {
            one.subject.name.clone_from(name);
        }
        Ok(())
    }

    /// What upstream left undone, as an exit code: 2 for lines that were no
    /// records, 4 for what failed or is missing. Says which on stderr.
    pub fn upstream_exit(&self, progress: &Progress) -> Exit {
        let Some(upstream) = &self.upstream else { return Exit::Measured };
        let mut exit = Exit::Measured;
        for missing in upstream.missing() {
            let (seen, planned) = (missing.seen, missing.planned);
            progress.warn(&format!("{}: {seen} of {planned} planned runs came", missing.key));
            exit = Exit::Failed;
        }
        if upstream.failed() > 0 {
            progress.warn(&format!("{} observations failed upstream", upstream.failed()));
            exit = Exit::Failed;
        }
        if upstream.unusable.is_some() { exit.worst(Exit::Usage) } else { exit }
    }
}

fn of_argument(name: &str) -> UpstreamSubject {
    let subject =
        Subject { name: name.to_owned(), reference: Some(name.to_owned()), ..Subject::default() };
    UpstreamSubject { subject, ..UpstreamSubject::default() }
}
