//! Hard links: gives a file of several names one name, and one cause of its
//! death, whatever the order in which a source lists the names. Layer folders
//! and archives list the same names in different orders.

use super::file::{FileId, PackedState, PathState};
use super::files::Files;
use super::merge::LostName;
use super::{PathId, Paths};

/// Chooses [`File::path`](super::File::path) (and, of dead files,
/// [`File::dead`](super::File::dead)) of all files that had several names. `links` holds
/// every name that such a file ever had but its first, in the order of the files' numbers.
///
/// Of a live file it is the first name in byte order that is left. Example: of
/// `/c`, `/b`, `/a`, of which a later layer removed `/a`, it is `/b`. Of a dead
/// file it is the first of the names that its last layer took away.
pub(super) fn name_linked_files(
    files: &mut Files,
    links: &[(FileId, PathId)],
    mut lost_names: Vec<LostName>,
    states: &[PackedState],
    paths: &Paths,
) {
    // The names of one file at a time: those of an archive may be long, and many.
    for names in links.chunk_by(|one, next| one.0 == next.0) {
        let id = names[0].0;
        let is_left = |name: &PathId| states[name.index()].get() == PathState::File(id);
        let all = [files.first_name(id)].into_iter().chain(names.iter().map(|(_, name)| *name));
        let left = all.filter(is_left);
        if let Some(first) = left.min_by_key(|name| paths.bytes(*name)) {
            files.set_name(id, first, None);
        }
    }
    lost_names.sort_by_key(|lost| lost.file);
    for names in lost_names.chunk_by(|one, next| one.file == next.file) {
        let Some(dead) = files.get(names[0].file).dead else { continue };
        let last = names.iter().filter(|lost| lost.dead.layer == dead.layer);
        if let Some(first) = last.min_by_key(|lost| paths.bytes(lost.name)) {
            files.set_name(first.file, first.name, Some(first.dead));
        }
    }
}
