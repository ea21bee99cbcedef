//! What a tool that starts containers may leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dp_record::Record;

use crate::{Docker, wait_until};

/// What dp makes bears this label.
const LABEL: &str = "label=dp.session";

/// Containers of an image, and volumes that some dp made.
pub fn left(docker: &Docker, image: &str) -> BTreeSet<String> {
    let containers = ["ps", "--all", "--filter", &format!("ancestor={image}"), "--quiet"];
    let lists = [&containers[..], &["volume", "ls", "--filter", LABEL, "--quiet"]];
    let lines = lists.iter().map(|list| docker.ok(list));
    lines.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Control groups of this batch, and slices that systemd holds for it.
pub fn groups_of(batch: &str) -> Vec<String> {
    // Version 1 has a folder for each hierarchy. A slice has no dash.
    let names = [format!("dp-{batch}-"), format!("dp_{batch}_")];
    let is_ours = |name: &str| names.iter().any(|begin| name.starts_with(begin));
    let top = folders(Path::new("/sys/fs/cgroup"));
    let inside = top.iter().flat_map(|folder| folders(folder)).collect::<Vec<_>>();
    let is_its =
        |path: &Path| path.file_name().is_some_and(|name| is_ours(&name.to_string_lossy()));
    let groups = top.iter().chain(&inside).filter(|path| is_its(path));
    let mut found: Vec<String> = groups.map(|path| path.display().to_string()).collect();
    found.extend(slices().into_iter().filter(|unit| is_ours(unit)));
    found
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

/// Slices that systemd knows; none where it does not run.
fn slices() -> Vec<String> {
    let list = ["list-units", "--all", "--type=slice", "--plain", "--no-legend", "--full"];
    let Ok(output) = Command::new("systemctl").args(list).output() else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

/// Removes the control groups of a batch whose engine was lost: what a
/// container was in stays until the container goes.
pub fn remove_groups(batch: &str) {
    wait_until("the groups are free", || {
        let left = groups_of(batch);
        for folder in &left {
            if !folder.starts_with('/') {
                let _ = Command::new("systemctl").args(["stop", folder]).output();
            }
            // The container's own stands in ours.
            let inner = fs::read_dir(folder).into_iter().flatten().flatten();
            for path in inner.map(|entry| entry.path()).chain([Path::new(folder).to_owned()]) {
                let _ = fs::remove_dir(path);
            }
        }
        left.is_empty()
    });
}

/// The batch of a record.
pub fn batch(record: &Record) -> &str {
    &record.run.as_ref().unwrap().batch
}
