//! Figures of a build against what others say: the docker CLI, and the files.

use crate::project::{Project, builds};
use crate::steps::metric;

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn image_and_size_are_those_that_docker_shows() {
    let project = Project::new("figures", "FROM dp-base/busybox\nCOPY data /UNIQUE\n");
    project.write("data", &"x".repeat(100_000));
    let record = &project.measure(&["UNIQUE=."])[0];
    let image = project.docker.image(&project.image()).unwrap();
    let subject = record.subject.as_ref().unwrap();
    assert_eq!(subject.image.as_deref(), image["Id"].as_str());
    assert_eq!(subject.reference, Some(project.image()));
    let size = f64::from(u32::try_from(image["Size"].as_u64().unwrap()).unwrap());
    assert_eq!(record.metrics.get("engine_size_bytes"), Some(size));
    let base = project.docker.image(dp_testkit::BASE).unwrap()["Size"].as_u64().unwrap();
    let more = image["Size"].as_u64().unwrap() - base;
    if project.docker.has_containerd_store() {
        // What it keeps of the layer, packed, and the descriptions.
        assert!((1..100_000).contains(&more), "{more}");
    } else {
        assert_eq!(more, 100_000);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_context_is_measured_without_what_is_ignored_and_sent_whole_once() {
    let project = Project::new("figures", "FROM dp-base/busybox\nCOPY . /UNIQUE\n");
    project.context.write("data", &"x".repeat(300_000));
    project.context.write("node_modules/big", &"x".repeat(5_000_000));
    project.context.write(".dockerignore", "node_modules\nDockerfile\n.dockerignore\n");
    let records = project.measure(&["--discard", "-r", "2", "."]);
    let bytes = |at: usize, name: &str| metric(&records[at], name);
    assert!((bytes(0, "context_bytes") - 300_000.0).abs() < 0.5);
    assert!((bytes(1, "context_bytes") - 300_000.0).abs() < 0.5);
    // With what the protocol adds; the second time nothing has changed.
    let (first, second) = (bytes(0, "context_sent_bytes"), bytes(1, "context_sent_bytes"));
    assert!((300_000.0..310_000.0).contains(&first), "{first}");
    assert!(second < 10_000.0, "{second}");
    assert!(bytes(0, "context_seconds") > 0.0);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_batch_says_on_which_ground_it_stands() {
    let project = Project::new("figures", "FROM dp-base/busybox\nWORKDIR /UNIQUE\n");
    let all = project.dp_build(&["--discard", "."]).run().expect(0).records();
    let env = all[0].env_detail().unwrap();
    let says = |format: &str| project.docker.ok(&["info", "--format", format]).trim().to_owned();
    let ground = env.ground.clone();
    assert_eq!(ground.engine_version, Some(project.docker.version()));
    assert_eq!(ground.storage_driver, Some(says("{{.Driver}}")));
    assert_eq!(ground.kernel, Some(says("{{.KernelVersion}}")));
    assert_eq!(ground.cpu_count.map(|count| count.to_string()), Some(says("{{.NCPU}}")));
    assert_eq!(ground.memory_bytes.map(|bytes| bytes.to_string()), Some(says("{{.MemTotal}}")));
    assert_eq!(ground.cgroup_version, Some(says("{{.CgroupVersion}}")));
    assert_eq!(ground.builder_backend.as_deref(), Some("buildx"));
    assert_eq!(env.engine_id.clone(), Some(says("{{.ID}}")));
    let again = project.dp_build(&["--discard", "."]).run().expect(0).records();
    assert_eq!(again[0].env, all[0].env);
    assert_ne!(again[0].run.as_ref().unwrap().batch, all[0].run.as_ref().unwrap().batch);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_wall_time_is_at_least_the_span_that_the_engine_stamped() {
    let project = Project::new("figures", "FROM dp-base/busybox\nRUN sleep 1; echo UNIQUE\n");
    let record = &builds(&project.dp_build(&["--discard", "."]).run().expect(0).records())[0];
    let (wall, span) = (metric(record, "wall_seconds"), metric(record, "span_seconds"));
    assert!(span >= 1.0 && wall >= span, "{wall} {span}");
    let gap = record.build_detail().unwrap().gap_seconds.unwrap();
    assert!((0.0..span).contains(&gap), "{gap} of {span}");
    assert!(record.host.as_ref().unwrap().load1.is_some());
}
