//! Which rules are for which paths.

use hashbrown::HashMap;

use super::pattern::Pattern;
use super::rules::{RULES, Rule, build_tools};
use crate::packages::Packages;
use crate::tree::{File, FileId, PathId, Slot, Tree};

/// A set of rules: one bit for each, by its place in [`RULES`].
pub(super) type Mask = u32;

/// For each path, the rules for it and for the folders that it stands in.
pub(super) struct Masks {
    by_path: Vec<Mask>,
}

/// Patterns, found by the last name of a path.
struct Index {
    literal: HashMap<&'static [u8], Vec<(usize, Pattern)>>,
    globs: Vec<(usize, Pattern)>,
}

impl Index {
    fn new(rules: &'static [Rule]) -> Self {
        let mut index = Self { literal: HashMap::new(), globs: Vec::new() };
        for (place, rule) in rules.iter().enumerate() {
            for pattern in rule.patterns.iter().flat_map(|text| Pattern::read(text)) {
                match pattern.last().literal() {
                    Some(name) => index.literal.entry(name).or_default().push((place, pattern)),
                    None => index.globs.push((place, pattern)),
                }
            }
        }
        index
    }

    /// The rules for the path itself.
    fn mask(&self, tree: &Tree, path: PathId) -> Mask {
        let paths = tree.paths();
        let name = paths.name(path);
        let literal = self.literal.get(name).into_iter().flatten();
        let globs = self.globs.iter().filter(|(_, pattern)| pattern.last().fits(name));
        let mut mask = 0;
        for (place, pattern) in literal.chain(globs) {
            let is_folder = tree.at(path) == Slot::Directory;
            if pattern.folder == is_folder && pattern.matches(paths, path) {
                mask |= bit(*place);
            }
        }
        mask
    }
}

impl Masks {
    /// Looks at all paths.
    fn new(tree: &Tree) -> Self {
        let index = Index::new(RULES);
        let paths = tree.paths();
        let mut by_path: Vec<Mask> = Vec::with_capacity(paths.len());
        // Parents come before their children.
        for path in paths.ids() {
            let above = paths.parent(path).map_or(0, |parent| by_path[parent.index()]);
            by_path.push(above | index.mask(tree, path));
        }
        Self { by_path }
    }

    /// Looks at all paths, and at what packages for builds brought.
    pub(super) fn with_packages(tree: &Tree, packages: Option<&Packages>) -> Self {
        let mut masks = Self::new(tree);
        for path in packages.into_iter().flat_map(Packages::build_tools) {
            masks.by_path[path.index()] |= bit(build_tools());
        }
        masks
    }

    /// The rules for a live file. One of several names is gone only when all of
    /// them are: so only the rules that are for each of them.
    pub(super) fn of(&self, tree: &Tree, id: FileId, file: &File) -> Mask {
        if file.names <= 1 {
            return self.by_path[file.path.index()];
        }
        let live = tree.names(id).into_iter().filter(|name| tree.at(*name) == Slot::File(id));
        live.map(|name| self.by_path[name.index()]).fold(Mask::MAX, |all, one| all & one)
    }

    /// The uppermost path around this one that the rule is for.
    pub(super) fn root(&self, tree: &Tree, path: PathId, rule: usize) -> PathId {
        let has = |path: &PathId| self.by_path[path.index()] & bit(rule) != 0;
        let up = std::iter::successors(Some(path), |path| tree.paths().parent(*path));
        up.take_while(has).last().unwrap_or(path)
    }
}

/// The set of this rule alone.
pub(super) fn bit(rule: usize) -> Mask {
    1 << rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::sketch::{dir, file, link, symlink, tree};

    /// The codes for the file at a path.
    fn codes(tree: &Tree, path: &str) -> Vec<&'static str> {
        let id = tree.paths().find(path.as_bytes()).unwrap();
        let Slot::File(id) = tree.at(id) else { panic!("no file at {path}") };
        let mask = Masks::new(tree).of(tree, id, tree.file(id));
        let codes = RULES.iter().enumerate().filter(|(place, _)| mask & bit(*place) != 0);
        codes.map(|(_, rule)| rule.code).collect()
    }

    #[test]
    fn a_rule_for_a_folder_is_for_all_below_it() {
        let tree = tree(&[vec![
            file("var/lib/apt/lists/partial/x", 1),
            file("srv/app/.git/tests/a.js.map", 1),
            file("etc/passwd", 1),
        ]]);
        assert_eq!(codes(&tree, "/var/lib/apt/lists/partial/x"), ["apt_lists"]);
        let all = ["version_control", "source_maps", "tests"];
        assert_eq!(codes(&tree, "/srv/app/.git/tests/a.js.map"), all);
        assert!(codes(&tree, "/etc/passwd").is_empty());
    }

    #[test]
    fn a_file_is_not_taken_for_a_folder_nor_a_folder_for_a_file() {
        let tree = tree(&[vec![
            file("usr/bin/tests", 1),
            dir("app/a.js.map"),
            file("app/a.js.map/b", 1),
            symlink("app/.git"),
        ]]);
        assert!(codes(&tree, "/usr/bin/tests").is_empty());
        assert!(codes(&tree, "/app/a.js.map/b").is_empty());
    }

    #[test]
    fn a_file_of_several_names_must_be_meant_by_all_of_them() {
        let tree = tree(&[vec![
            file("root/.local/share/pnpm/store/a", 1),
            link("app/node_modules/x/a", "root/.local/share/pnpm/store/a"),
            file("usr/share/doc/b", 1),
            link("usr/share/man/b", "usr/share/doc/b"),
        ]]);
        assert!(codes(&tree, "/app/node_modules/x/a").is_empty());
        assert_eq!(codes(&tree, "/usr/share/doc/b"), ["docs"]);
    }

    #[test]
    fn a_part_is_named_by_the_uppermost_folder() {
        let tree = tree(&[vec![file("usr/share/doc/gcc/doc/x", 1)]]);
        let path = tree.paths().find(b"/usr/share/doc/gcc/doc/x").unwrap();
        let masks = Masks::new(&tree);
        let docs = RULES.iter().position(|rule| rule.code == "docs").unwrap();
        assert_eq!(tree.paths().text(masks.root(&tree, path, docs)), "/usr/share/doc");
    }
}
