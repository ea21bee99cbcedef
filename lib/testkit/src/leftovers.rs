//! What a tool that starts containers may leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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

/// Control groups of this batch.
pub fn groups_of(batch: &str) -> Vec<String> {
    let prefix = format!("dp-{batch}-");
    let mut found = Vec::new();
    let roots = fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten();
    for root in roots.map(|root| root.path()) {
        let inside = fs::read_dir(&root).into_iter().flatten().flatten();
        let names = inside.map(|entry| entry.path().display().to_string());
        found.extend(names.filter(|name| name.contains(&prefix)));
    }
    found
}

/// Removes the control groups of a batch whose engine was lost: what a
/// container was in stays until the container goes.
pub fn remove_groups(batch: &str) {
    wait_until("the groups are free", || {
        let left = groups_of(batch);
        for folder in &left {
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
