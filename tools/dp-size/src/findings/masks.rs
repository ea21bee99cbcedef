//! Which rules match which paths.

use hashbrown::HashMap;

use super::pattern::Pattern;
use super::rules::{RULES, Rule, build_tools, with_least_size};
use crate::packages::Packages;
use crate::tree::{File, FileId, PathId, PathState, Tree};

/// A set of rules: one bit for each, by its index in [`RULES`].
pub(super) type Mask = u64;

/// For each path, the rules that match it or a folder that it is in. There are few
/// different sets, so a path has the number of its own.
pub(super) struct Masks {
    by_path: Vec<u16>,
    sets: Sets,
}

/// All sets of rules that occur, each once. The first is empty.
struct Sets {
    sets: Vec<Mask>,
    numbers: HashMap<Mask, u16>,
}

impl Default for Sets {
    fn default() -> Self {
        Self { sets: vec![0], numbers: HashMap::from([(0, 0)]) }
    }
}

impl Sets {
    /// The number of a set. Where an archive makes up more sets than any image has, the
    /// first rule alone counts.
    fn number(&mut self, mask: Mask) -> u16 {
        if let Some(number) = self.numbers.get(&mask) {
            return *number;
        }
        let Ok(number) = u16::try_from(self.sets.len()) else {
            return self.numbers.get(&(mask & mask.wrapping_neg())).copied().unwrap_or_default();
        };
        self.sets.push(mask);
        self.numbers.insert(mask, number);
        number
    }
}

/// All patterns, to be found by the last name of a path.
struct Index {
    literal: HashMap<&'static [u8], Vec<(usize, Pattern)>>,
    globs: Vec<(usize, Pattern)>,
}

impl Index {
    fn new(rules: &'static [Rule]) -> Self {
        let mut index = Self { literal: HashMap::new(), globs: Vec::new() };
        for (rule_index, rule) in rules.iter().enumerate() {
            for pattern in rule.patterns.iter().map(|text| Pattern::read(text)) {
                match pattern.last().literal() {
                    Some(name) => {
                        index.literal.entry(name).or_default().push((rule_index, pattern));
                    }
                    None => index.globs.push((rule_index, pattern)),
                }
            }
        }
        index
    }

    /// The rules that match the path itself.
    fn mask(&self, tree: &Tree, path: PathId) -> Mask {
        let paths = tree.paths();
        let name = paths.name(path);
        let literal = self.literal.get(name).into_iter().flatten();
        let globs = self.globs.iter().filter(|(_, pattern)| pattern.last().matches(name));
        let mut mask = 0;
        for (rule_index, pattern) in literal.chain(globs) {
            let is_folder = tree.state_at(path) == PathState::Directory;
            if pattern.folder == is_folder && pattern.matches(paths, path) {
                mask |= bit(*rule_index);
            }
        }
        mask
    }
}

impl Masks {
    /// Matches all paths.
    fn new(tree: &Tree) -> Self {
        let index = Index::new(RULES);
        let paths = tree.paths();
        let mut by_path: Vec<u16> = Vec::with_capacity(paths.len());
        let mut sets = Sets::default();
        // Each rule alone is known whatever else comes.
        for rule in 0..RULES.len() {
            sets.number(bit(rule));
        }
        // Parents come before their children.
        for path in paths.ids() {
            let above = paths.parent(path).map_or(0, |parent| by_path[parent.index()]);
            let own = index.mask(tree, path);
            let both = sets.sets[usize::from(above)] | own;
            by_path.push(if own == 0 { above } else { sets.number(both) });
        }
        Self { by_path, sets }
    }

    /// Matches all paths, and adds the files of packages that only builds need.
    pub(super) fn with_packages(tree: &Tree, packages: Option<&Packages>) -> Self {
        let mut masks = Self::new(tree);
        for path in packages.into_iter().flat_map(Packages::build_tools) {
            let both = masks.at(path) | bit(build_tools());
            masks.by_path[path.index()] = masks.sets.number(both);
        }
        masks
    }

    /// The rules that match a live file. The bytes of a file of several names are
    /// saved only when all of them are removed: so only the rules that match each of
    /// its names.
    pub(super) fn of(&self, tree: &Tree, id: FileId, file: &File) -> Mask {
        let mut mask = self.at(file.path);
        if file.names > 1 {
            let is_live = |name: &PathId| tree.state_at(*name) == PathState::File(id);
            let live = tree.names(id).into_iter().filter(is_live);
            mask = live.map(|name| self.at(name)).fold(Mask::MAX, |all, one| all & one);
        }
        let small = with_least_size().filter(|(_, rule)| file.size < rule.least);
        small.fold(mask, |mask, (rule, _)| mask & !bit(rule))
    }

    /// The rules that match a path or a folder that it is in.
    fn at(&self, path: PathId) -> Mask {
        self.sets.sets[usize::from(self.by_path[path.index()])]
    }

    /// The uppermost folder around the path that the rule matches, or the path.
    pub(super) fn root(&self, tree: &Tree, path: PathId, rule: usize) -> PathId {
        let has = |path: &PathId| self.at(*path) & bit(rule) != 0;
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
    use crate::tree::builder::{dir, file, link, symlink, tree};

    /// The codes for the file at a path.
    fn codes(tree: &Tree, path: &str) -> Vec<&'static str> {
        let id = tree.paths().find(path.as_bytes()).unwrap();
        let PathState::File(id) = tree.state_at(id) else { panic!("no file at {path}") };
        let mask = Masks::new(tree).of(tree, id, &tree.file(id));
        let codes = RULES.iter().enumerate().filter(|(index, _)| mask & bit(*index) != 0);
        codes.map(|(_, rule)| rule.kind.code()).collect()
    }

    #[test]
    fn a_rule_for_a_folder_matches_all_below_it() {
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
    fn a_file_of_several_names_must_be_matched_by_all_of_them() {
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
        let docs = RULES.iter().position(|rule| rule.kind.code() == "docs").unwrap();
        assert_eq!(tree.paths().text(masks.root(&tree, path, docs)), "/usr/share/doc");
    }
}
