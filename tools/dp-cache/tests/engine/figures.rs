//! Figures of scenarios: what was saved, what is in the mounts, what was sent.

use dp_record::{Outcome, Record};

use crate::project::{Project, detail, ran, scenario};

const DOCKERFILE: &str = "\
FROM dp-base/busybox
COPY package.json /app/
RUN --mount=type=cache,target=/full test -f /full/f || (sleep 2; head -c 3000000 /dev/zero > /full/f); echo UNIQUE
RUN --mount=type=cache,target=/empty echo UNIQUE
COPY src /app/src
RUN echo UNIQUE made
";

fn metric(record: &Record, name: &str) -> f64 {
    record.metrics.get(name).unwrap_or_else(|| panic!("no {name}: {record:?}"))
}

fn of<'r>(records: &'r [Record], name: &str) -> Vec<&'r Record> {
    records.iter().filter(|record| scenario(record) == name).collect()
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_four_scenarios_have_their_steps_savings_and_mounts() {
    let project = Project::new("figures", DOCKERFILE, &["src/a.c"]);
    project.write("package.json", "{}\n");
    let records = project.measure(&["-r", "2"]);
    assert_eq!(records.len(), 8);
    // The containerd image store counts blocks of 4096 bytes.
    let blocks = project.docker.has_containerd_store();
    let filled: u64 = if blocks { 3_002_368 } else { 3_000_000 };
    for (name, lines, hits) in [
        ("cold", &[2, 3, 4, 5, 6][..], None),
        ("warm", &[], Some(1.0)),
        ("code", &[5, 6], Some(0.6)),
        ("deps", &[2, 3, 4, 5, 6], Some(0.0)),
    ] {
        let both = of(&records, name);
        assert_eq!(both.len(), 2, "{name}");
        for record in both {
            assert_eq!(ran(record), lines, "{name}");
            assert_eq!(record.metrics.get("cache_hit_ratio"), hits, "{name}");
            let found = detail(record);
            let full = found.mounts.iter().find(|mount| mount.target == "/full").unwrap();
            let empty = found.mounts.iter().find(|mount| mount.target == "/empty").unwrap();
            assert_eq!((full.bytes, empty.bytes), (Some(filled), Some(0)), "{name}");
            assert_eq!(record.metrics.get("mount_bytes"), Some(filled as f64));
            assert_eq!(full.warm, Some(name != "cold"));
            assert_eq!(full.used, ["cold", "deps"].contains(&name));
            assert_eq!(full.lines, [3]);
        }
    }
    let cold = of(&records, "cold");
    for (record, cold) in of(&records, "warm").into_iter().zip(&cold) {
        let (wall, cold) = (metric(record, "wall_seconds"), metric(cold, "wall_seconds"));
        assert_eq!(detail(record).cold_seconds, Some(cold));
        assert_eq!(record.metrics.get("saved_seconds"), Some(cold - wall));
        assert_eq!(record.metrics.get("saved_ratio"), Some(1.0 - wall / cold));
        // The step that sleeps did not run.
        assert!(cold - wall > 2.0, "{cold} {wall}");
    }
    // With a warm mount it has nothing to sleep for.
    let sleeping = |record: &Record| {
        let step = detail(record).steps.iter().find(|step| step.line == Some(3)).unwrap();
        step.seconds.unwrap() > 2.0
    };
    assert!(cold.iter().all(|record| sleeping(record) && detail(record).cold.is_some()));
    assert!(of(&records, "deps").iter().all(|record| !sleeping(record)));
    let empty = cold.iter().map(|record| &detail(record).findings);
    for findings in empty {
        let codes: Vec<_> = findings.iter().map(|one| (one.code.as_str(), one.line)).collect();
        assert_eq!(codes, [("cache_mount_empty", Some(4))]);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn several_dockerfiles_have_each_scenario_and_only_changed_bytes_are_sent() {
    let project = Project::new("several", DOCKERFILE, &["src/a.c"]);
    project.write("package.json", "{}\n");
    project.write("big", &"UNIQUE".repeat(100_000));
    project.write("Other", "FROM dp-base/busybox\nCOPY . /\nRUN echo UNIQUE\n");
    let args =
        ["-f", "Dockerfile", "-f", "Other", "--scenario", "warm", "--scenario", "code", "-r", "2"];
    let records = project.measure(&args);
    assert_eq!(records.len(), 8);
    for record in &records {
        assert_eq!(record.outcome, Outcome::Ok);
        let subject = record.subject.as_ref().unwrap();
        assert!(["Dockerfile", "Other"].contains(&subject.name.as_str()));
        // The path that was given, and no image, since none stays.
        assert_eq!(subject.context.as_deref(), Some("."));
        assert_eq!((&subject.image, &subject.reference), (&None, &None));
        // Not the large file again.
        assert!(metric(record, "context_sent_bytes") < 100_000.0, "{record:?}");
    }
}
