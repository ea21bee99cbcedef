//! What an image has more or less than another one.
//!
//! Compared is what containers see: the live files, by path and size. Bytes of
//! a file with several names count at the first of them alone, so that
//! `added + grown - removed - shrunk` is exactly the difference of the live
//! bytes. Files of equal size count as the same: content is not looked at.

use std::collections::{BTreeMap, HashMap};

use dp_record::detail::size::{FileDiff, FileGroup, FolderDiff, ImageDiff, PackageDiff};

use crate::packages::Packages;
use crate::tree::{PathId, PathState, Tree, largest_by};

/// A path of either image.
#[derive(Debug, Clone, Copy)]
enum EitherPath {
    After(PathId),
    Before(PathId),
}

/// A path with the bytes that it has in both images.
#[derive(Debug, Clone, Copy)]
struct Change {
    path: EitherPath,
    before: Option<u64>,
    after: Option<u64>,
}

impl Change {
    fn bytes(&self) -> u64 {
        self.before.unwrap_or(0).abs_diff(self.after.unwrap_or(0))
    }
}

/// Two images, and which path of one is which of the other.
struct Pair<'t> {
    before: &'t Tree,
    after: &'t Tree,
    /// For each path of `after`, by its index, the same one of `before`.
    twins: Vec<Option<PathId>>,
    /// The paths that `before` alone knows.
    only_before: Vec<PathId>,
}

/// What `after` has more or less than `before`, which is called `against`.
pub(crate) fn diff(against: &str, before: &Tree, after: &Tree, top: usize) -> ImageDiff {
    let pair = Pair::new(before, after);
    let changes = pair.files();
    let mut packages = pair.packages();
    let unpackaged = packages.as_mut().and_then(|packages| packages.remove(""));
    let group = |is: fn(&Change) -> bool| pair.group(changes.iter().filter(|one| is(one)), top);
    ImageDiff {
        against: against.to_owned(),
        bytes: signed(before.totals().live, after.totals().live),
        added: group(|one| one.before.is_none() && one.after.is_some()),
        removed: group(|one| one.before.is_some() && one.after.is_none()),
        grown: group(|one| one.before.is_some() && one.before < one.after),
        shrunk: group(|one| one.after.is_some() && one.after < one.before),
        folders: pair.folders(top),
        unpackaged_bytes: packages.is_some().then(|| {
            let (before, after) = unpackaged.unwrap_or_default();
            signed(before, after)
        }),
        packages: packages.map(|packages| largest_packages(packages, top)),
    }
}

fn largest_packages(packages: BTreeMap<String, (u64, u64)>, top: usize) -> Vec<PackageDiff> {
    let size = |(_, (before, after)): &(String, (u64, u64))| before.abs_diff(*after);
    let top = largest_by(packages, top, size, |(name, _)| name.clone().into_bytes());
    let detail = |(name, (before, after))| PackageDiff {
        name,
        bytes: signed(before, after),
        before_bytes: before,
        after_bytes: after,
    };
    top.into_iter().map(detail).collect()
}

/// How much more the second is. Both are far below 2^63: see `tree`.
fn signed(before: u64, after: u64) -> i64 {
    let size = i64::try_from(before.abs_diff(after)).unwrap_or(i64::MAX);
    if after < before { -size } else { size }
}

impl<'t> Pair<'t> {
    fn new(before: &'t Tree, after: &'t Tree) -> Self {
        let mut twins: Vec<Option<PathId>> = Vec::with_capacity(after.paths().len());
        let mut known = vec![false; before.paths().len()];
        // A parent's number is smaller than those of its children.
        for id in after.paths().ids() {
            let twin = match after.paths().parent(id) {
                None => Some(PathId::ROOT),
                Some(parent) => twins[parent.index()]
                    .and_then(|parent| before.paths().get(parent, after.paths().name(id))),
            };
            if let Some(twin) = twin {
                known[twin.index()] = true;
            }
            twins.push(twin);
        }
        let only_before = before.paths().ids().filter(|id| !known[id.index()]).collect();
        Self { before, after, twins, only_before }
    }

    /// What every path has in both images, by `what`.
    fn paths<T>(
        &self,
        what_before: impl Fn(PathId) -> Option<T>,
        what_after: impl Fn(PathId) -> Option<T>,
    ) -> Vec<(EitherPath, Option<T>, Option<T>)> {
        let after = self.after.paths().ids().map(|id| {
            (EitherPath::After(id), self.twins[id.index()].and_then(&what_before), what_after(id))
        });
        let before =
            self.only_before.iter().map(|id| (EitherPath::Before(*id), what_before(*id), None));
        after.chain(before).filter(|(_, a, b)| a.is_some() || b.is_some()).collect()
    }

    /// The files that differ.
    fn files(&self) -> Vec<Change> {
        let paths = self.paths(|id| weight(self.before, id), |id| weight(self.after, id));
        let changes = paths.into_iter().map(|(path, before, after)| Change { path, before, after });
        changes.filter(|change| change.before != change.after).collect()
    }

    fn group<'c>(
        &self,
        changes: impl Iterator<Item = &'c Change> + Clone,
        top: usize,
    ) -> FileGroup {
        let bytes = changes.clone().map(Change::bytes).sum();
        let files = changes.clone().count() as u64;
        let path = |change: &&Change| self.path(change.path);
        let top = largest_by(changes, top, |change| change.bytes(), path);
        let detail = |change: &Change| FileDiff {
            path: shown(&self.path(change.path)),
            bytes: change.bytes(),
            before_bytes: change.before.filter(|_| change.after.is_some()),
            after_bytes: change.after.filter(|_| change.before.is_some()),
        };
        FileGroup { files, bytes, top: top.into_iter().map(detail).collect() }
    }

    fn folders(&self, top: usize) -> Vec<FolderDiff> {
        let (before, after) = (self.before.folder_bytes(), self.after.folder_bytes());
        let bytes = |of: &HashMap<PathId, u64>, id| of.get(&id).copied();
        let paths = self.paths(|id| bytes(&before, id), |id| bytes(&after, id));
        let folders = paths
            .into_iter()
            .map(|(path, before, after)| (path, before.unwrap_or(0), after.unwrap_or(0)));
        // The root's is the difference of all.
        let folders = folders.filter(|(path, _, _)| self.path(*path) != b"/");
        let size = |(_, before, after): &(EitherPath, u64, u64)| before.abs_diff(*after);
        let top = largest_by(folders, top, size, |(path, _, _)| self.path(*path));
        let detail = |(path, before, after): (EitherPath, u64, u64)| FolderDiff {
            path: shown(&self.path(path)),
            bytes: signed(before, after),
            before_bytes: before,
            after_bytes: after,
        };
        top.into_iter().map(detail).collect()
    }

    /// Bytes of the packages in both images; those of files that none brought
    /// have no name.
    fn packages(&self) -> Option<BTreeMap<String, (u64, u64)>> {
        let (before, after) = (Packages::read(self.before), Packages::read(self.after));
        if before.is_none() && after.is_none() {
            return None;
        }
        let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (name, bytes) in by_package(self.before, before.as_ref()) {
            sums.entry(name).or_default().0 += bytes;
        }
        for (name, bytes) in by_package(self.after, after.as_ref()) {
            sums.entry(name).or_default().1 += bytes;
        }
        Some(sums)
    }

    fn path(&self, path: EitherPath) -> Vec<u8> {
        match path {
            EitherPath::After(id) => self.after.paths().bytes(id),
            EitherPath::Before(id) => self.before.paths().bytes(id),
        }
    }
}

/// The package of each live file, and its bytes. A file of several names is
/// that of the first that a package brought.
fn by_package(tree: &Tree, packages: Option<&Packages>) -> impl Iterator<Item = (String, u64)> {
    let live = tree.numbered().filter(|(_, file)| !file.is_dead());
    live.map(move |(id, file)| {
        let mut names = if file.linked { tree.names(id) } else { vec![file.path] };
        names.retain(|name| tree.state_at(*name) == PathState::File(id));
        names.sort_by_cached_key(|name| tree.paths().bytes(*name));
        let owner = names.iter().find_map(|name| packages?.owner(*name));
        (owner.unwrap_or_default().to_owned(), file.size)
    })
}

/// Bytes that count for the file at a path; none if there is no file.
fn weight(tree: &Tree, path: PathId) -> Option<u64> {
    match tree.state_at(path) {
        PathState::File(id) if tree.file(id).path == path => Some(tree.file(id).size),
        PathState::File(_) => Some(0),
        PathState::Absent | PathState::Directory | PathState::Other => None,
    }
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

#[cfg(test)]
#[path = "diff_test.rs"]
mod tests;
