//! Stages that the build waits for though nothing of them reaches the image.
//!
//! The builder leaves out what the target does not need. So tests run in every build only
//! if somebody ties them to it, by a file that says nothing:
//!
//! ```text
//! FROM base AS test
//! RUN make test && touch /ok                  0 to 9 s
//! FROM base AS builder
//! RUN make                                    0 to 4 s
//! FROM base
//! COPY --from=builder /app /app
//! COPY --from=test /ok /ok                    waits until 9 s, else 4 s: 5 s
//! ```
//!
//! A tie is a COPY of files that `touch` made and nothing else names, or a RUN of
//! `true` with the stage mounted. The seconds are those by which the stage ended
//! after all that is needed without the tie.

use std::collections::BTreeSet;

use dp_dockerfile::{Dockerfile, Instruction, Stage, Stages};
use dp_record::Finding;
use dp_record::detail::build::{BuildStep, StepState};

use super::{Case, kind};

/// A wait that is not told from none, in seconds.
const LEAST: f64 = 0.1;

/// Of all stages that are tied to another.
pub(super) fn findings(case: &Case<'_>) -> Vec<Finding> {
    let file = &case.resolved.dockerfile;
    let stages = Stages::resolve(file, &case.resolved.build_args);
    file.stages.iter().filter_map(|stage| of_stage(case, &stages, stage)).collect()
}

fn of_stage(case: &Case<'_>, stages: &Stages<'_>, stage: &Stage) -> Option<Finding> {
    let later = stages.file().stages.iter().skip(stage.index + 1);
    let ties: Vec<&Instruction> = later
        .flat_map(|later| &later.instructions)
        .filter(|one| !one.onbuild && is_tie(one, stages, stage))
        .collect();
    let (line, seconds) = waited(case.steps, &ties, stage)?;
    let tie = ties.iter().find(|one| one.line as u64 == line)?;
    let name = stage.name.clone().unwrap_or_else(|| stage.index.to_string());
    let advice = format!(
        "the image waits here for the stage {name}, of which it gets {}: leave this line out, and build that stage beside the image (docker build --target {name})",
        if tie.keyword == "RUN" { "nothing" } else { "nothing but empty files" }
    );
    Some(Finding {
        seconds: Some(seconds),
        line: Some(line),
        instruction: Some(tie.text.clone()),
        ..kind::STAGE.advise(advice)
    })
}

/// Whether an instruction needs the stage, and gets nothing of it.
fn is_tie(instruction: &Instruction, stages: &Stages<'_>, stage: &Stage) -> bool {
    let sources = instruction.sources();
    if !sources.iter().any(|source| stages.stage(source) == Some(stage.index)) {
        return false;
    }
    if instruction.keyword == "RUN" {
        return matches!(instruction.command().trim(), "true" | ":" | "/bin/true");
    }
    let paths = instruction.copied_paths();
    !paths.is_empty() && paths.iter().all(|path| is_empty_file(path, stages.file(), stage))
}

/// Whether this path of a stage can be nothing but an empty file: a `touch` of the stage
/// makes it, no other word of the file but the copies of it has its name, and nothing is
/// copied to where it lies.
fn is_empty_file(path: &str, file: &Dockerfile, stage: &Stage) -> bool {
    let absolute = format!("/{}", path.trim_start_matches('/'));
    let name = absolute.rsplit('/').next().unwrap_or_default();
    if name.is_empty() || absolute.contains(['$', '*', '?', '[', '\\']) {
        return false;
    }
    let of = |keywords: [&'static str; 2]| {
        stage.instructions.iter().filter(move |one| keywords.contains(&one.keyword.as_str()))
    };
    let touches = of(["RUN", "RUN"]).flat_map(|one| touched(one.command()));
    let others = file.instructions().filter(|one| !is_copy_from(one) && one.raw.contains(name));
    let mut targets = of(["COPY", "ADD"]).filter_map(Instruction::copied_to);
    touches.filter(|one| *one == absolute).count() == 1
        && others.count() == 1
        && named_once(name, stage)
        && !targets.any(|target| may_hold(&target, &absolute))
}

/// Whether what is copied to this target may lie at this path.
fn may_hold(target: &str, path: &str) -> bool {
    let folder = target.trim_end_matches('/');
    let is_below =
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // A relative target lies below a WORKDIR, which is seldom / itself.
    let is_deep = path[1..].contains('/');
    target.contains('$') || if target.starts_with('/') { is_below } else { is_deep }
}

fn is_copy_from(instruction: &Instruction) -> bool {
    instruction.keyword == "COPY" && !instruction.sources().is_empty()
}

/// Whether the stage's text has a name once.
fn named_once(name: &str, stage: &Stage) -> bool {
    stage.instructions.iter().map(|one| one.raw.matches(name).count()).sum::<usize>() == 1
}

/// The absolute paths that the `touch` of a command are given.
fn touched(command: &str) -> Vec<&str> {
    let commands = command.split(['&', ';', '|', '\n']);
    let touches = commands.filter_map(|one| one.trim().strip_prefix("touch "));
    touches.flat_map(str::split_whitespace).filter(|word| word.starts_with('/')).collect()
}

/// At which of these lines the build waited for the stage, and for how long after all
/// that it needs without them.
fn waited(steps: &[BuildStep], ties: &[&Instruction], stage: &Stage) -> Option<(u64, f64)> {
    let lines = |one: &Instruction| one.line as u64;
    let own: BTreeSet<u64> = stage.instructions.iter().map(lines).collect();
    let lines_of_ties: BTreeSet<u64> = ties.iter().map(|one| lines(one)).collect();
    let has =
        |set: &BTreeSet<u64>, at: usize| steps[at].line.is_some_and(|line| set.contains(&line));
    let is_tie = |at: usize| has(&lines_of_ties, at);
    let inputs = |at: usize| steps[at].inputs.iter().flatten().copied();
    let all = || 0..steps.len();
    let ends = all().filter(|at| !all().any(|other| inputs(other).any(|input| input == *at)));
    let needed = closure(ends.collect(), |at| {
        inputs(at).filter(|input| !(is_tie(at) && has(&own, *input))).collect()
    });
    let after = closure(all().filter(|at| is_tie(*at)).collect(), |at| {
        all().filter(|other| inputs(*other).any(|input| input == at)).collect()
    });
    let waits =
        all().filter(|at| is_tie(*at)).flat_map(|at| inputs(at).map(move |input| (at, input)));
    let awaited = waits.filter(|(_, input)| {
        has(&own, *input) && !needed.contains(input) && steps[*input].state == StepState::Executed
    });
    let (tie, last) = awaited.map(|(at, input)| (at, end(&steps[input]))).next()?;
    // What was cached is looked up whenever somebody asks for it.
    let ran = |at: &&usize| steps[**at].state == StepState::Executed;
    let else_ended = needed.difference(&after).filter(ran).filter_map(|at| end(&steps[*at]));
    let seconds = last? - else_ended.fold(0.0, f64::max);
    (seconds >= LEAST).then_some((steps[tie].line?, seconds))
}

/// When a step ended, in seconds after the build began.
fn end(step: &BuildStep) -> Option<f64> {
    Some(step.started_seconds? + step.seconds?)
}

/// These, and all that is reached from them.
fn closure(from: Vec<usize>, next: impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let (mut found, mut open) = (BTreeSet::new(), from);
    while let Some(at) = open.pop() {
        if found.insert(at) {
            open.extend(next(at));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use dp_dockerfile::BuildArgs;

    /// The lines of the ties to the first stage.
    fn ties(text: &str) -> Vec<usize> {
        let file = Dockerfile::parse(text);
        let stages = Stages::resolve(&file, &BuildArgs::new());
        let later = file.stages[1..].iter().flat_map(|stage| &stage.instructions);
        let ties = later.filter(|one| is_tie(one, &stages, &file.stages[0]));
        ties.map(|one| one.line).collect()
    }

    #[test]
    fn a_tie_brings_empty_files_alone_and_nothing_else_names_them() {
        let with = |run: &str, copy: &str| {
            ties(&format!("FROM a AS test\nCOPY src /src\n{run}\nFROM a\n{copy}\n"))
        };
        let touch = "RUN make test && touch /ok";
        for copy in
            ["COPY --from=test /ok /ok", "COPY --from=0 ok /", "COPY --from=test [\"/ok\", \"/\"]"]
        {
            assert_eq!(with(touch, copy), [5], "{copy}");
        }
        assert_eq!(with("RUN make test", "RUN --mount=from=test,target=/t true"), [5]);
        for (run, copy) in [
            ("RUN make test > /ok", "COPY --from=test /ok /ok"),
            ("RUN make test && touch /ok && date >> /ok", "COPY --from=test /ok /ok"),
            ("RUN touch /ok\nRUN ./run --log=/ok", "COPY --from=test /ok /ok"),
            ("RUN touch /src/ok", "COPY --from=test /src/ok /ok"),
            ("COPY . /\nRUN touch /ok", "COPY --from=test /ok /ok"),
            ("ADD . $DIR\nRUN touch /ok", "COPY --from=test /ok /ok"),
            (touch, "COPY --from=test /ok /app /"),
            (touch, "COPY --from=test /o* /"),
            (touch, "COPY --from=test / /"),
            (touch, "COPY --from=other /ok /ok"),
            (touch, "RUN --mount=from=test,target=/t cp /t/app /"),
            (touch, "COPY ok /ok"),
        ] {
            assert_eq!(with(run, copy), [0; 0], "{run} {copy}");
        }
    }

    /// Steps at these lines: from when to when, and the places of their inputs.
    fn steps(lines: &[(u64, f64, f64, &[usize])]) -> Vec<BuildStep> {
        let step = |(line, started, ended, inputs): &(u64, f64, f64, &[usize])| BuildStep {
            line: Some(*line),
            state: StepState::Executed,
            inputs: Some(inputs.to_vec()),
            started_seconds: Some(*started),
            seconds: Some(ended - started),
            ..BuildStep::default()
        };
        lines.iter().map(step).collect()
    }

    const TIED: &str = "\
FROM a AS test
RUN make test && touch /ok
FROM a AS builder
RUN make
FROM a
COPY --from=builder /app /app
COPY --from=test /ok /ok
RUN done
";

    fn waited_of(text: &str, steps: &[BuildStep]) -> Option<(u64, f64)> {
        let file = Dockerfile::parse(text);
        let all: Vec<&Instruction> = file.instructions().collect();
        let ties: Vec<&Instruction> = all.into_iter().filter(|one| one.line == 7).collect();
        waited(steps, &ties, &file.stages[0])
    }

    #[test]
    fn the_wait_is_what_the_stage_took_longer_than_all_else() {
        let built = |test: f64, make: f64| {
            let other: f64 = if test > make { test } else { make };
            steps(&[
                (2, 0.0, test, &[]),
                (4, 0.0, make, &[]),
                (6, make, make + 0.5, &[1]),
                (7, other.max(make + 0.5), other + 1.0, &[2, 0]),
                (8, other + 1.0, other + 2.0, &[3]),
            ])
        };
        assert_eq!(waited_of(TIED, &built(9.0, 4.0)), Some((7, 4.5)));
        // Nothing waited.
        assert_eq!(waited_of(TIED, &built(4.0, 4.0)), None);
        // It was cached.
        let mut cached = built(9.0, 4.0);
        cached[0].state = StepState::Cached;
        assert_eq!(waited_of(TIED, &cached), None);
        // What was cached is no reason to wait.
        let mut lazy = built(9.0, 4.0);
        (lazy[2].state, lazy[2].started_seconds) = (StepState::Cached, Some(9.0));
        assert_eq!(waited_of(TIED, &lazy), Some((7, 5.0)));
        // The last step needs it otherwise, too.
        let mut needed = built(9.0, 4.0);
        needed[4].inputs = Some(vec![3, 0]);
        assert_eq!(waited_of(TIED, &needed), None);
    }
}
