//! `--log BEFORE --log AFTER`: two builds that were recorded before, without an
//! engine. What changed between them is told as far as the logs do: not which file.

use std::path::Path;

use dp_builds::Trace;
use dp_builds::recorded::{RecordedBuild, dockerfile};
use dp_builds::subject::mask;
use dp_builds::subject::options::build_args;
use dp_dockerfile::{BuildArgs, Dockerfile};
use dp_record::detail::cache::{CacheDetail, InvalidationCause};
use dp_record::{Plan, PlannedSubject, Record, Subject, kind};
use dp_session::{RecordedBatch, content_id};
use dp_tool::{Emitter, Exit, Fault, Io, Progress};

use crate::TOOL;
use crate::args::Args;
use crate::explain;
use crate::record::of_build;
use crate::why::{Cause, branches};

/// Names of the scenarios.
const SCENARIOS: [&str; 2] = ["before", "after"];

/// Reads both files and prints a record of each. The same bytes give the same
/// bytes: times are those of the logs, and the batch is named by its content.
pub(crate) fn run(args: &Args, io: &mut Io<'_>, progress: &Progress) -> anyhow::Result<Exit> {
    let [before, after] = args.log.as_slice() else {
        let message = "give --log twice: the build before the change, then the one after it";
        return Err(Fault::usage(message).into());
    };
    let name = name(args, after)?;
    let dockerfile = dockerfile(&args.file)?;
    let words = args.common_options();
    let build_args = build_args(&words);
    let hidden = mask(&words, dockerfile.as_deref().map(Dockerfile::parse).iter())?;
    let logs =
        [RecordedBuild::read(before, &mut io.stdin)?, RecordedBuild::read(after, &mut io.stdin)?];
    let id = content_id(logs.iter().map(|log| &log.digest));
    let batch = RecordedBatch::new(TOOL.0, TOOL.1, id);
    let mut emitter = Emitter::new(io.stdout, &args.records, hidden.clone(), io.stop.clone());
    emitter.emit(batch.env_record(plan(&name), logs[0].at()))?;
    for (at, log) in logs.iter().enumerate() {
        let dockerfile = dockerfile.as_deref().map(|text| log.parse(text, &build_args));
        let before = (at > 0).then(|| &logs[0].report.trace);
        let mut record = record(log, before, &name, dockerfile.as_ref(), &build_args);
        if let Some(subject) = &mut record.subject {
            subject.scenario = Some(SCENARIOS[at].to_owned());
        }
        batch.add(&mut record, 1, 1);
        if args.explain {
            for line in explain::lines(&record) {
                progress.note(&hidden.text(&line));
            }
        }
        emitter.emit(record)?;
    }
    Ok(emitter.exit(true, args.runs.ignore_failure))
}

fn name(args: &Args, after: &Path) -> Result<String, Fault> {
    args.records.check_names(1, "pair of logs")?;
    let stem = after.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(args.records.name.first().cloned().or(stem).unwrap_or_else(|| "log".to_owned()))
}

fn plan(name: &str) -> Plan {
    let subject = |scenario: &str| PlannedSubject {
        name: name.to_owned(),
        scenario: Some(scenario.to_owned()),
        ..PlannedSubject::default()
    };
    let subjects = SCENARIOS.into_iter().map(subject).collect();
    Plan { kind: kind::CACHE.to_owned(), subjects, runs: 1, warmup: 0 }
}

/// The record of one of them, without `run` and `env`.
fn record(
    log: &RecordedBuild,
    before: Option<&Trace>,
    name: &str,
    dockerfile: Option<&Dockerfile>,
    args: &BuildArgs,
) -> Record {
    let subject = Subject { name: name.to_owned(), ..Subject::default() };
    let build = log.to_record(subject, dockerfile, args);
    let mut record = of_build(&build);
    let detail = build.build_detail().cloned().unwrap_or_default();
    let trace = &log.report.trace;
    let invalidated = before.map(|before| branches(&detail.steps, |at| cause(at, trace, before)));
    record.detail = Some(
        CacheDetail {
            source: detail.source,
            clock: Some(detail.clock),
            steps: detail.steps,
            invalidated: invalidated.unwrap_or_default(),
            ..CacheDetail::default()
        }
        .into(),
    );
    record
}

/// Why the step at this place of the list ran, by the log before. A step that reads
/// files of the context has another digest in every build, any other one only if
/// its command, arguments, variables or base are others (seen with BuildKit of
/// engines 20.10 and 28.5).
fn cause(at: usize, after: &Trace, before: &Trace) -> Cause {
    let steps = after.steps();
    let Some(vertex) = steps.get(at).and_then(|step| after.vertexes.get(step.place)) else {
        return (InvalidationCause::Unknown, None, None);
    };
    let (place, instruction) = vertex.name.split_once("] ").unwrap_or(("", &vertex.name));
    let Some(same) = before.vertexes.iter().find(|other| other.name == vertex.name) else {
        // In the same place stood something else, or nothing.
        let there =
            before.vertexes.iter().find(|other| other.name.starts_with(&format!("{place}] ")));
        let was = there.map(|other| other.name.split_once("] ").map_or("", |(_, was)| was));
        return (InvalidationCause::Command, was.map(|was| format!("was {was}")), None);
    };
    if same.digest == vertex.digest {
        return (InvalidationCause::Evicted, None, None);
    }
    let reads_context =
        |word: &str| instruction.starts_with(word) && !instruction.contains("--from=");
    if reads_context("COPY ") || reads_context("ADD ") {
        return (InvalidationCause::File, None, None);
    }
    match other_base(after, before) {
        Some(base) => (InvalidationCause::BaseImage, Some(base), None),
        None => (InvalidationCause::Environment, None, None),
    }
}

/// A base image of the build after that the one before did not have.
fn other_base(after: &Trace, before: &Trace) -> Option<String> {
    let base = |name: &str| name.split_once("] FROM ").map(|(_, base)| base.to_owned());
    let bases: Vec<String> =
        before.vertexes.iter().filter_map(|vertex| base(&vertex.name)).collect();
    let mut found = after.vertexes.iter().filter_map(|vertex| base(&vertex.name));
    found.find(|base| !bases.contains(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(lines: &str) -> Trace {
        dp_builds::read(lines.replace('\n', "").as_bytes()).unwrap().trace
    }

    /// A build of one step with this name and digest.
    fn build(base: &str, name: &str, digest: &str) -> Trace {
        let times = r#""started":"2026-01-01T00:00:02Z","completed":"2026-01-01T00:00:05Z""#;
        trace(&format!(
            r#"{{"vertexes":[{{"digest":"sha256:b","name":"[1/2] FROM {base}",{times}}},
            {{"digest":"sha256:{digest}","name":"[2/2] {name}","inputs":["sha256:b"],{times}}}]}}"#
        ))
    }

    fn told(before: &Trace, after: &Trace) -> (String, Option<String>) {
        let at = after
            .steps()
            .iter()
            .position(|step| after.vertexes[step.place].name.starts_with("[2/2]"))
            .unwrap();
        let (cause, what, _) = cause(at, after, before);
        (cause.to_string(), what)
    }

    #[test]
    fn the_logs_tell_each_cause_as_far_as_they_can() {
        let was = |base, name, digest| build(base, name, digest);
        for (before, after, cause, what) in [
            (was("a", "COPY . /", "1"), was("a", "COPY . /", "2"), "file", None),
            (was("a", "RUN make", "1"), was("a", "RUN make", "1"), "evicted", None),
            (
                was("a", "RUN make", "1"),
                was("a", "RUN make all", "2"),
                "command",
                Some("was RUN make"),
            ),
            (was("a", "RUN make", "1"), was("b", "RUN make", "2"), "base_image", Some("b")),
            (was("a", "RUN make", "1"), was("a", "RUN make", "2"), "environment", None),
            (
                was("a", "COPY --from=x a /", "1"),
                was("a", "COPY --from=x a /", "2"),
                "environment",
                None,
            ),
        ] {
            assert_eq!(told(&before, &after), (cause.to_owned(), what.map(str::to_owned)));
        }
    }
}
