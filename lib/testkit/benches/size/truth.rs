//! Images with known waste: what dp-size and dive say of it.

use std::path::Path;
use std::process::{Command, Stdio};

use dp_testkit::{BASE, Context, Docker, Tool, of_kind, unique};

use crate::dive;

/// What is done, the steps, and the bytes that are dead by it.
const CASES: [(&str, &str, f64); 4] = [
    (
        "a directory of 10 files of 300,000 removed",
        "RUN mkdir /d && for n in 0 1 2 3 4 5 6 7 8 9; do head -c 300000 /dev/zero > /d/$n; done\n\
         RUN rm -r /d\n",
        3_000_000.0,
    ),
    (
        "10 files of 300,000 deleted one by one",
        "RUN for n in 0 1 2 3 4 5 6 7 8 9; do head -c 300000 /dev/zero > /f$n; done\n\
         RUN rm /f0 /f1 /f2 /f3 /f4 /f5 /f6 /f7 /f8 /f9\n",
        3_000_000.0,
    ),
    (
        "a file of 2,000,000 overwritten twice",
        "RUN head -c 2000000 /dev/zero > /f\nRUN head -c 2000000 /dev/urandom > /f\n\
         RUN head -c 2000000 /dev/urandom > /f\n",
        4_000_000.0,
    ),
    (
        "chmod -R of 10 files of 300,000",
        "RUN mkdir /d && for n in 0 1 2 3 4 5 6 7 8 9; do head -c 300000 /dev/zero > /d/$n; done\n\
         RUN chmod -R go-r /d\n",
        3_000_000.0,
    ),
];

/// Prints truth and claims side by side.
pub(crate) fn compare(program: Option<&Path>) {
    println!("dead bytes: truth, dp-size, dive");
    for (what, steps, truth) in CASES {
        let mut docker = Docker::new();
        let (name, context) =
            (unique("bench-truth"), Context::new(&format!("FROM {BASE}\n{steps}")));
        docker.remove_at_end(&name);
        let mut build = Command::new("docker");
        build.args(["build", "--quiet", "--tag", &name]).arg(context.path());
        build.env("DOCKER_BUILDKIT", "1").stdin(Stdio::null()).stdout(Stdio::null());
        assert!(build.status().unwrap().success(), "docker build failed");
        let ours = ours(&name);
        let theirs = program.map(|program| {
            let (report, _) = dive::measure(program, &name);
            report["image"]["inefficientBytes"].as_f64().unwrap()
        });
        let off = |found: f64| format!("{found:9.0} ({:+.0} %)", (found / truth - 1.0) * 100.0);
        let theirs = theirs.map_or_else(|| "-".to_owned(), off);
        println!("  {what:<44} {truth:9.0}  {}  {theirs}", off(ours));
    }
}

fn ours(image: &str) -> f64 {
    let records = Tool::new("dp-size").args(["-q", image]).run().expect(0).records();
    of_kind(&records, "size")[0].metrics.get("dead_bytes").unwrap()
}
