//! What goes wrong in a Dockerfile: a record says what, where, and the others
//! go on.

use dp_record::detail::build::StepState;
use dp_record::{Outcome, Record};

use crate::site::{ALL, Site, builds};

/// A Dockerfile that fails.
struct Row {
    name: &'static str,
    text: &'static str,
    code: &'static str,
    /// A part of the message.
    says: &'static str,
    /// The line at fault, where every engine tells it.
    line: Option<u32>,
    /// Whether that is a step.
    step: bool,
}

const ROWS: [Row; 9] = [
    Row {
        name: "unknown-instruction",
        text: "FROM dp-base/busybox\nRUNN true\n",
        code: "dockerfile_invalid",
        says: "RUNN",
        line: Some(2),
        step: false,
    },
    Row {
        name: "empty",
        text: "",
        code: "dockerfile_invalid",
        says: "cannot be empty",
        line: None,
        step: false,
    },
    Row {
        name: "exit",
        text: "FROM dp-base/busybox\n\nRUN echo UNIQUE; exit 7\n",
        code: "step_failed",
        says: "exit code 7",
        line: Some(3),
        step: true,
    },
    Row {
        name: "no-command",
        text: "FROM dp-base/busybox\nRUN no-such-command-UNIQUE\n",
        code: "step_failed",
        says: "exit code 127",
        line: Some(2),
        step: true,
    },
    // The first process of a step cannot kill itself.
    Row {
        name: "killed",
        text: "FROM dp-base/busybox\nRUN echo UNIQUE; sh -c 'kill -9 $$'; exit $?\n",
        code: "step_failed",
        says: "exit code 137",
        line: Some(2),
        step: true,
    },
    Row {
        name: "source",
        text: "FROM dp-base/busybox\nWORKDIR /UNIQUE\nCOPY no-such-file /\n",
        code: "source_missing",
        says: "no-such-file",
        line: Some(3),
        step: true,
    },
    Row {
        name: "source-of-stage",
        text: "FROM dp-base/busybox AS made\nFROM dp-base/busybox\nCOPY --from=made /no-such-file /\n",
        code: "source_missing",
        says: "no-such-file",
        line: Some(3),
        step: true,
    },
    Row {
        name: "base",
        text: "FROM dp-base/no-such-base:UNIQUE\nRUN true\n",
        code: "base_unavailable",
        says: "dp-base/no-such-base",
        line: None,
        step: false,
    },
    Row {
        name: "copied-image",
        text: "FROM dp-base/busybox\nCOPY --from=dp-base/no-such-image:UNIQUE /a /b\n",
        code: "base_unavailable",
        says: "dp-base/no-such-image",
        line: None,
        step: false,
    },
];

const SECRET: &str = "FROM dp-base/busybox
RUN --mount=type=secret,id=token,required=true echo UNIQUE; cat /run/secrets/token
";
const AGENT: &str = "FROM dp-base/busybox
RUN --mount=type=ssh,required=true echo UNIQUE; ssh-add -l
";

const SECRETS: [Row; 2] = [
    secret("secret", SECRET, "secret_missing", "secret token"),
    secret("agent", AGENT, "secret_missing", "ssh"),
];

/// The old builder knows no secrets, and fails at the option.
const SECRETS_OF_LEGACY: [Row; 2] = [
    secret("secret", SECRET, "dockerfile_invalid", "requires BuildKit"),
    secret("agent", AGENT, "dockerfile_invalid", "requires BuildKit"),
];

const fn secret(
    name: &'static str,
    text: &'static str,
    code: &'static str,
    says: &'static str,
) -> Row {
    Row { name, text, code, says, line: Some(2), step: true }
}

/// Builds all rows in one batch.
fn check(backend: &str, rows: &[&Row]) {
    let site = Site::new("table");
    let mut args = vec!["--discard"];
    for row in rows {
        site.write(row.name, row.text);
        args.extend(["-f", row.name]);
    }
    args.push("UNIQUE=.");
    let ran = site.dp_build(backend, &args).run().expect(4);
    let records = builds(&ran);
    assert_eq!(records.len(), rows.len(), "{backend}: {}", ran.stderr);
    for row in rows {
        let of_row = |record: &&Record| {
            let file = record.subject.as_ref().unwrap().dockerfile.as_deref();
            file.is_some_and(|file| file.ends_with(row.name))
        };
        row.check(backend, records.iter().find(of_row).unwrap());
    }
}

impl Row {
    fn check(&self, backend: &str, record: &Record) {
        let what = format!("{} by {backend}: {:?}", self.name, record.error);
        assert_eq!(record.outcome, Outcome::Failed, "{what}");
        assert!(record.metrics.is_empty(), "{what}");
        let error = record.error.as_ref().unwrap();
        assert_eq!(error.code, self.code, "{what}");
        assert!(error.message.contains(self.says), "{what}");
        assert!(!error.message.contains('\n'), "{what}");
        let Some(line) = self.line else { return };
        assert!(error.message.contains(&format!("(line {line})")), "{what}");
        let steps = &record.build_detail().unwrap().steps;
        let failed: Vec<_> = steps.iter().filter(|step| step.state == StepState::Failed).collect();
        if self.step {
            assert!(
                !failed.is_empty() && failed[0].line == Some(line.into()),
                "{what}\n{failed:?}"
            );
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_is_wrong_in_a_dockerfile_is_told_alike_by_every_backend() {
    for backend in ALL {
        check(backend, &ROWS.each_ref());
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_secret_that_was_not_given_is_missing_and_no_fault_of_the_step() {
    for backend in ["buildx", "engine"] {
        check(backend, &SECRETS.each_ref());
    }
    check("legacy", &SECRETS_OF_LEGACY.each_ref());
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn a_stage_that_is_not_there_is_told() {
    for backend in ALL {
        let site = Site::new("table");
        site.write("Dockerfile", "FROM dp-base/busybox AS there\nRUN true\n");
        let ran = site.dp_build(backend, &["--discard", "--target", "no-such", "."]).run();
        let records = builds(&ran.expect(4));
        let error = records[0].error.as_ref().unwrap();
        assert_eq!(error.code, "target_missing", "{backend}: {}", error.message);
        assert!(error.message.contains("no-such"), "{backend}: {}", error.message);
    }
}
