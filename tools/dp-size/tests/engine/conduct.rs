//! How dp-size behaves towards engine, pipes and signals.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use dp_record::Outcome;
use dp_testkit::{BASE, Context, Docker, Snapshot, Tool, of_kind, skip, tool, unique, wait_until};
use rustix::process::{Pid, Signal, kill_process};

use crate::project::{Builder, Image, SOURCES, count, dp_size, list, size};

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn measuring_leaves_the_engine_as_it_was() {
    let docker = Docker::new();
    let before = Snapshot::take(&docker);
    for source in [&["inspect"][..], &SOURCES].concat() {
        dp_size(&["--source", source, "-r", "2", BASE]);
        before.assert_unchanged(&docker, source);
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn where_a_layer_has_more_than_one_folder_it_exports_and_says_why_and_refuses_to_look_for_them() {
    if !Docker::new().has_containerd_store() {
        return skip("every layer has its folder");
    }
    let context = Context::new("FROM dp-base/busybox\nRUN echo a > /a\n");
    let image = Image::build_in(context, "divided", Builder::Legacy);
    let reason = "it does not name a folder for each of the 2 layers";
    let detail = dp_testkit::detail(&image.size("auto"));
    assert_eq!(detail["source"], "export");
    assert!(detail["source_reason"].as_str().unwrap().contains(reason), "{detail}");
    let ran = Tool::new("dp-size").args(["-q", "--source", "storage", &image.name]).run();
    let error = size(&ran.expect(4)).error.unwrap();
    assert_eq!(error.code, "unusable_storage");
    assert!(error.message.contains(reason), "{error:?}");
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_that_is_missing_is_a_failed_record_and_the_others_are_measured() {
    let missing = unique("missing");
    let ran = Tool::new("dp-size").args([&missing, BASE]).run().expect(4);
    let records = ran.records();
    let sizes = of_kind(&records, "size");
    let failed = sizes.iter().find(|one| one.outcome == Outcome::Failed).unwrap();
    let error = failed.error.as_ref().unwrap();
    assert_eq!(error.code, "no_such_image");
    let message = format!("no such image: {missing} (build it, or pull it first)");
    assert_eq!(error.message, message);
    assert_eq!(sizes.iter().filter(|one| one.outcome == Outcome::Ok).count(), 1);
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn the_first_signal_ends_an_export_with_130() {
    let mut child = Command::new(tool("dp-size"))
        .args(["-q", "--source", "export", "--runs", "100000", BASE])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The env record, and the first size: it measures.
    assert!(lines.next().unwrap().unwrap().contains("\"kind\":\"env\""));
    assert!(lines.next().unwrap().unwrap().contains("\"kind\":\"size\""));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(rest.iter().all(|line| line.contains("\"outcome\":\"ok\"")), "{rest:?}");
    wait_until("dp-size ended", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn an_image_without_layers_has_no_bytes_from_any_source() {
    let image = Image::build("nolayers", "FROM scratch\nLABEL a=b\nCMD [\"/a\"]\n");
    for source in [&["auto"][..], &SOURCES].concat() {
        let record = image.size(source);
        for name in ["size_bytes", "live_bytes", "dead_bytes", "files", "layers"] {
            assert_eq!(count(&record, name), 0, "{source}: {name}");
        }
        assert!(list(&record, "layers").is_empty(), "{source}");
        assert_eq!(record.metrics.get("compressed_bytes"), None, "{source}");
    }
}

#[test]
#[ignore = "needs a Docker engine: make test-engine"]
fn what_docker_save_writes_into_a_pipe_is_read_to_its_end() {
    let script = "set -o pipefail; docker image save \"$2\" | \"$1\" -q --archive -";
    let mut shell = Command::new("bash");
    shell.args(["-c", script, "bash"]).arg(tool("dp-size")).arg(BASE);
    let output = shell.stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""));
}
