//! The packages of an image, and the files that each of them brought.

use std::collections::HashMap;

use super::tools::is_build_tool;
use super::{Package, apk, dpkg};
use crate::tree::{Captured, PathId, PathState, Tree};

/// The paths of a list.
type Listed<'t> = Box<dyn Iterator<Item = &'t [u8]> + 't>;

/// What the package databases of an image say.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    names: Vec<String>,
    /// Whether only builds need the package of this index.
    tools: Vec<bool>,
    owners: HashMap<PathId, usize>,
    /// Whether the files of all packages that only builds need are known.
    complete: bool,
}

impl Packages {
    /// Reads the databases of an image; none if it has none.
    pub(crate) fn read(tree: &Tree) -> Option<Self> {
        let mut packages = Self { complete: true, ..Self::default() };
        let dpkg = packages.read_dpkg(tree);
        let apk = packages.read_apk(tree);
        (dpkg || apk).then_some(packages)
    }

    /// The package that installed the file at a path.
    pub(crate) fn owner(&self, path: PathId) -> Option<&str> {
        self.owners.get(&path).map(|package| self.names[*package].as_str())
    }

    /// The paths of all files of packages that only builds need.
    pub(crate) fn build_tools(&self) -> impl Iterator<Item = PathId> {
        self.owners.iter().filter(|(_, package)| self.tools[**package]).map(|(path, _)| *path)
    }

    /// Whether [`build_tools`](Self::build_tools) are all there are.
    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    fn read_dpkg(&mut self, tree: &Tree) -> bool {
        let mut found = false;
        for (path, text) in databases(tree, b"/var/lib/dpkg/status.d") {
            let Captured::Bytes(text) = text else { continue };
            // The md5sums in the same folder are no paragraphs, and add nothing.
            for one in dpkg::status(text) {
                found = true;
                let folder = tree.paths().parent(path).unwrap_or(PathId::ROOT);
                let list = tree.paths().get(folder, one.sums().as_bytes());
                let list = list.and_then(|path| tree.captured(path));
                self.add_listed(tree, &one.package, list, |text| Box::new(dpkg::sums(text)));
            }
        }
        let status =
            tree.paths().find(b"/var/lib/dpkg/status").and_then(|path| tree.captured(path));
        let Some(status) = status else { return found };
        let Captured::Bytes(status) = status else {
            self.complete = false;
            return true;
        };
        let info = tree.paths().find(b"/var/lib/dpkg/info");
        for one in dpkg::status(status) {
            let list = |name: String| tree.captured(tree.paths().get(info?, name.as_bytes())?);
            let list = one.lists().into_iter().find_map(list);
            self.add_listed(tree, &one.package, list, |text| Box::new(dpkg::list(text)));
        }
        true
    }

    fn read_apk(&mut self, tree: &Tree) -> bool {
        let places = [&b"/lib/apk/db/installed"[..], b"/usr/lib/apk/db/installed"];
        let mut path = places.into_iter().filter_map(|path| tree.paths().find(path));
        match path.find_map(|path| tree.captured(path)) {
            None => return false,
            Some(Captured::Omitted) => self.complete = false,
            Some(Captured::Bytes(text)) => {
                for one in apk::installed(text) {
                    let package = self.add(&one.package);
                    one.folders.iter().for_each(|folder| self.own_folder(tree, package, folder));
                }
            }
        }
        true
    }

    fn add_listed<'t>(
        &mut self,
        tree: &Tree,
        package: &Package,
        list: Option<&'t Captured>,
        paths: fn(&'t [u8]) -> Listed<'t>,
    ) {
        let number = self.add(package);
        match list {
            Some(Captured::Bytes(text)) => {
                paths(text).for_each(|path| self.own(tree, number, path));
            }
            Some(Captured::Omitted) | None => self.complete &= !self.tools[number],
        }
    }

    fn add(&mut self, package: &Package) -> usize {
        self.names.push(package.name.clone());
        self.tools.push(is_build_tool(package));
        self.names.len() - 1
    }

    /// Looks for the folder once, however many files it has.
    fn own_folder(&mut self, tree: &Tree, package: usize, folder: &apk::Folder<'_>) {
        let paths = tree.paths();
        let places = places(tree, folder.path);
        for name in folder.files.iter().filter(|name| !name.contains(&b'/')) {
            let mut files = places.iter().filter_map(|place| paths.get((*place)?, name));
            if let Some(file) = files.find(|path| is_file(tree, *path)) {
                self.own_path(package, file);
            }
        }
    }

    fn own(&mut self, tree: &Tree, package: usize, path: &[u8]) {
        let mut places = places(tree, path).into_iter().flatten();
        if let Some(path) = places.find(|path| is_file(tree, *path)) {
            self.own_path(package, path);
        }
    }

    /// Of a file that several packages name, the owner is one that programs need.
    fn own_path(&mut self, package: usize, path: PathId) {
        let owner = self.owners.entry(path).or_insert(package);
        if self.tools[*owner] {
            *owner = package;
        }
    }
}

/// The captured databases in a folder.
fn databases<'t>(
    tree: &'t Tree,
    folder: &[u8],
) -> impl Iterator<Item = (PathId, &'t Captured)> + use<'t> {
    let folder = tree.paths().find(folder);
    tree.all_captured().filter(move |(path, _)| tree.paths().parent(*path) == folder)
}

/// The paths that a path of a database may mean. What packages install in `/bin`,
/// `/lib` and the like is below `/usr` where those are links to it.
fn places(tree: &Tree, name: &[u8]) -> [Option<PathId>; 2] {
    let paths = tree.paths();
    let below = name.strip_prefix(b"/").unwrap_or(name);
    [paths.find(name), paths.find(&[b"/usr/", below].concat())]
}

fn is_file(tree: &Tree, path: PathId) -> bool {
    matches!(tree.state_at(path), PathState::File(_))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::builder::{TestEntry, file, symlink, text, tree, whiteout};

    fn tools(layers: &[Vec<TestEntry>]) -> Option<(Vec<String>, bool)> {
        let tree = tree(layers);
        let packages = Packages::read(&tree)?;
        let mut paths: Vec<String> =
            packages.build_tools().map(|path| tree.paths().text(path)).collect();
        paths.sort();
        Some((paths, packages.is_complete()))
    }

    const STATUS: &str = "\
Package: gcc
Status: install ok installed
Section: devel
Architecture: amd64

Package: libc6
Status: install ok installed
Section: libs
Architecture: amd64
";

    fn debian() -> Vec<TestEntry> {
        vec![
            symlink("lib"),
            text("var/lib/dpkg/status", STATUS),
            text("var/lib/dpkg/info/gcc.list", "/.\n/usr/bin\n/usr/bin/gcc\n/lib/gcc.so\n/gone\n"),
            text("var/lib/dpkg/info/libc6:amd64.list", "/lib/libc.so\n"),
            file("usr/bin/gcc", 10),
            file("usr/lib/gcc.so", 20),
            file("usr/lib/libc.so", 30),
        ]
    }

    #[test]
    fn files_of_build_tools_are_found_through_merged_folders() {
        let (paths, complete) = tools(&[debian()]).unwrap();
        assert_eq!(paths, ["/usr/bin/gcc", "/usr/lib/gcc.so"]);
        assert!(complete);
        let image = tree(&[debian()]);
        let libc = image.paths().find(b"/usr/lib/libc.so").unwrap();
        assert_eq!(Packages::read(&image).unwrap().owner(libc), Some("libc6"));
    }

    #[test]
    fn without_its_list_the_files_of_a_build_tool_are_not_all_known() {
        let layers = [debian(), vec![whiteout("var/lib/dpkg/info/gcc.list")]];
        assert_eq!(tools(&layers), Some((Vec::new(), false)));
        let layers = [debian(), vec![whiteout("var/lib/dpkg/info/libc6:amd64.list")]];
        assert!(tools(&layers).unwrap().1);
    }

    /// Lines of all formats, of files that exist and that do not.
    fn database() -> impl Strategy<Value = String> {
        let lines = prop::sample::select(vec![
            "Package: gcc",
            "Package: libc6",
            "Section: devel",
            "Architecture: amd64",
            "Status: install ok installed",
            "",
            "P:make",
            "P:musl",
            "F:usr/bin",
            "F:",
            "R:gcc",
            "R:a/b",
            "/usr/bin/gcc",
            "/bin/gcc",
            "/usr/bin",
            "/",
            "/../usr/bin/gcc",
            "ab  usr/bin/gcc",
            "\u{e9}",
        ]);
        prop::collection::vec(lines, 0..30).prop_map(|lines| lines.join("\n"))
    }

    proptest! {
        #[test]
        fn whatever_databases_say_only_live_files_have_owners(
            texts in prop::collection::vec(database(), 6),
            removed in prop::option::of(Just("usr/bin")),
        ) {
            let places = [
                "var/lib/dpkg/status", "var/lib/dpkg/info/gcc.list", "var/lib/dpkg/info/libc6:amd64.list",
                "var/lib/dpkg/status.d/gcc", "var/lib/dpkg/status.d/gcc.md5sums", "lib/apk/db/installed",
            ];
            let mut layer: Vec<TestEntry> =
                places.into_iter().zip(&texts).map(|(place, content)| text(place, content)).collect();
            layer.extend([file("usr/bin/gcc", 5), file("usr/bin/ld", 6), symlink("bin")]);
            let tree = tree(&[layer, removed.into_iter().map(whiteout).collect()]);
            let packages = Packages::read(&tree).unwrap();
            for path in packages.build_tools() {
                prop_assert!(is_file(&tree, path));
                prop_assert!(packages.owner(path).is_some());
            }
            for path in tree.paths().ids().filter(|path| packages.owner(*path).is_some()) {
                prop_assert!(removed.is_none());
                prop_assert_eq!(tree.paths().text(path), "/usr/bin/gcc");
            }
        }
    }

    #[test]
    fn a_removed_database_counts_for_nothing() {
        assert_eq!(tools(&[debian(), vec![whiteout("var/lib/dpkg")]]), None);
        assert_eq!(tools(&[vec![file("bin/sh", 1)]]), None);
    }

    #[test]
    fn images_without_a_package_manager_keep_a_file_for_each_package() {
        let layer = vec![
            text("var/lib/dpkg/status.d/libc6-dev", "Package: libc6-dev\nSection: libdevel\n"),
            text(
                "var/lib/dpkg/status.d/libc6-dev.md5sums",
                "d41d8cd98f00b204e9800998ecf8427e  usr/include/stdio.h\n",
            ),
            file("usr/include/stdio.h", 5),
        ];
        assert_eq!(tools(&[layer]), Some((vec!["/usr/include/stdio.h".to_owned()], true)));
    }

    #[test]
    fn files_of_apk_are_found() {
        let layer = vec![
            text("lib/apk/db/installed", "P:make\nF:usr/bin\nR:make\n\nP:musl\nF:lib\nR:libc.so\n"),
            file("usr/bin/make", 5),
            file("lib/libc.so", 6),
        ];
        assert_eq!(tools(&[layer]), Some((vec!["/usr/bin/make".to_owned()], true)));
    }
}
