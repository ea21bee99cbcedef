//! What `dp-report --format prometheus` writes for the textfile collector of
//! `node_exporter`, as Prometheus' own promtool reads it.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use dp_testkit::{Tool, skip};

#[test]
fn promtool_finds_no_fault_in_the_figures_of_the_example_systems() {
    let Some(promtool) = std::env::var_os("DP_PROMTOOL") else {
        skip("there is no promtool: export DP_PROMTOOL=$(scripts/promtool)");
        return;
    };
    let records = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/records");
    let files = fs::read_dir(records).unwrap().map(|entry| entry.unwrap().path());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dp.prom");
    let format = format!("--format=prometheus={}", file.display());
    let _ = Tool::new("dp-report").args(files).args([format, "--all".to_owned()]).run().expect(0);

    let text = fs::read_to_string(&file).unwrap();
    for family in [
        "dp_build_wall_seconds",
        "dp_size_size_bytes",
        "dp_start_ready_seconds",
        "dp_stats_memory_peak_bytes",
        "dp_cache_saved_ratio",
    ] {
        assert!(text.contains(&format!("# TYPE {family} gauge\n")), "{family}");
    }
    let mut check = Command::new(promtool);
    let checked = check.args(["check", "metrics"]).stdin(File::open(file).unwrap()).output();
    let checked = checked.unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success() && said.is_empty(), "{said}");
}
