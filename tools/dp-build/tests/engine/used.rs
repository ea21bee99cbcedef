//! What RUN steps use, where the builder puts them under a group of ours.

use dp_testkit::{batch, groups_of};

use crate::project::Project;
use crate::steps::metric;

const MIB: f64 = 1_048_576.0;

/// dd holds its one block.
const DOCKERFILE: &str = "\
FROM dp-base/busybox
RUN dd if=/dev/zero of=/dev/null bs=100M count=1; echo UNIQUE
RUN i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done
";

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn memory_and_cpu_time_of_cold_steps_are_told_by_newer_engines() {
    let project = Project::of_user("used", DOCKERFILE);
    let record = project.measure(&["--cold", "UNIQUE=."]).remove(0);
    assert_eq!(groups_of(batch(&record)), Vec::<String>::new());
    if !project.docker.is_newer() {
        for name in ["cpu_seconds", "memory_peak_bytes"] {
            assert_eq!(record.metrics.get(name), None, "{name}");
        }
        return;
    }
    let peak = metric(&record, "memory_peak_bytes") / MIB;
    // runc's own part.
    assert!((100.0..108.0).contains(&peak), "{peak}");
    let (cpu, wall) = (metric(&record, "cpu_seconds"), metric(&record, "wall_seconds"));
    assert!(cpu > 0.05 && cpu < 2.0 * wall, "{cpu} in {wall}");
}
