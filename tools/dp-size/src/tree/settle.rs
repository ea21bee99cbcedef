//! Gives files of several names one name and one end, whatever the order in
//! which a source told them: layer folders and archives list the same names in
//! different orders.

use std::collections::HashMap;

use super::file::{File, FileId, Slot};
use super::merge::Loss;
use super::{PathId, Paths};

/// Settles all files that had several names. `links` holds every name that
/// such a file ever had.
pub(super) fn settle(
    files: &mut [File],
    links: &[(FileId, PathId)],
    losses: &[Loss],
    slots: &[Slot],
    paths: &Paths,
) {
    let mut first: HashMap<FileId, Vec<u8>> = HashMap::new();
    let mut is_first = |file: FileId, name: PathId| {
        let bytes = paths.bytes(name);
        let smaller = first.get(&file).is_none_or(|found| bytes < *found);
        if smaller {
            first.insert(file, bytes);
        }
        smaller
    };
    for (id, name) in links {
        let left = slots[name.index()] == Slot::File(*id);
        if left && is_first(*id, *name) {
            files[id.index()].path = *name;
        }
    }
    for loss in losses {
        let file = &mut files[loss.file.index()];
        let Some(end) = file.hidden else { continue };
        if end.layer == loss.hidden.layer && is_first(loss.file, loss.name) {
            file.path = loss.name;
            file.hidden = Some(loss.hidden);
        }
    }
}
