//! Which files of a crate import each other in a circle.
//!
//! Read from the text: `use` lines, and paths that begin with `crate`, `super` or
//! `self`. A name that another module hands on (`pub use`) counts as an import of the
//! file that it comes from. A module and its own children may import each other, and
//! tests may import anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The path of a module (`["probe", "http"]`); empty for the crate's root.
type Module = Vec<String>;

/// Files that import each other, directly or through one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// The files, as modules (`probe/http`), sorted.
    pub files: Vec<String>,
    /// Each import among them (`probe/http -> probe/condition`), sorted.
    pub imports: Vec<String>,
}

/// All circles below the `src` folder of a crate.
#[must_use]
pub fn import_circles(src: &Path) -> Vec<Circle> {
    let mut sources = BTreeMap::new();
    read(src, &mut Vec::new(), &mut sources);
    let imports = Imports::of(&sources);
    let edges: BTreeMap<&Module, BTreeSet<Module>> =
        sources.keys().map(|module| (module, imports.from(module))).collect();
    circles(&edges)
}

/// The sources below a folder, without their tests.
fn read(folder: &Path, module: &mut Module, sources: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.is_dir() {
            module.push(stem.to_owned());
            read(&path, module, sources);
            module.pop();
        } else if path.extension().is_some_and(|kind| kind == "rs") && !is_test(stem) {
            let text = without_tests(&fs::read_to_string(&path).unwrap_or_default());
            let mut own = module.clone();
            if !matches!(stem, "mod" | "lib") {
                own.push(stem.to_owned());
            }
            sources.insert(own, text);
        }
    }
}

fn is_test(stem: &str) -> bool {
    stem == "main" || stem == "tests" || stem.ends_with("_test")
}

/// Without comments, and without what is compiled for tests only. An inline module
/// of tests is the last thing in its file.
fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut in_test = false;
    for line in text.lines() {
        let code = line.split("//").next().unwrap_or_default();
        if code.trim() == "#[cfg(test)]" {
            in_test = true;
        } else if in_test && code.trim_end().ends_with('{') && code.trim().starts_with("mod ") {
            break;
        } else if in_test {
            in_test = code.trim().starts_with('#');
        } else {
            kept.push_str(code);
            kept.push('\n');
        }
    }
    kept
}

/// What each module imports.
struct Imports<'a> {
    /// All paths, by module.
    paths: BTreeMap<&'a Module, Vec<Vec<String>>>,
    /// What each name of a `use` line means, by module.
    names: BTreeMap<&'a Module, BTreeMap<String, Vec<String>>>,
}

impl<'a> Imports<'a> {
    fn of(sources: &'a BTreeMap<Module, String>) -> Self {
        let (mut paths, mut names) = (BTreeMap::new(), BTreeMap::new());
        for (module, text) in sources {
            let (mut all, mut known) = (inline_paths(text), BTreeMap::new());
            for (name, path) in use_lines(text) {
                known.insert(name, path.clone());
                all.push(path);
            }
            paths.insert(module, all);
            names.insert(module, known);
        }
        Self { paths, names }
    }

    /// The modules that this one imports, but its parent and its children.
    fn from(&self, module: &Module) -> BTreeSet<Module> {
        let own = |other: &Module| {
            let is_child = |child: &Module, parent: &Module| {
                child.split_last().is_some_and(|(_, rest)| rest == parent.as_slice())
            };
            other == module || is_child(other, module) || is_child(module, other)
        };
        let found = self.paths[module].iter().filter_map(|path| self.resolve(module, path, 0));
        found.filter(|other| !own(other)).collect()
    }

    /// The file in which the thing at the end of a path is defined; none outside of
    /// the crate. `depth` bounds how often names are handed on.
    fn resolve(&self, module: &Module, path: &[String], depth: u32) -> Option<Module> {
        let first = path.first()?;
        let supers = path.iter().take_while(|part| *part == "super").count();
        let (mut at, rest) = match first.as_str() {
            "crate" => (Module::new(), &path[1..]),
            "self" => (module.clone(), &path[1..]),
            "super" => (module[..module.len().checked_sub(supers)?].to_vec(), &path[supers..]),
            child => {
                let below: Module = module.iter().cloned().chain([child.to_owned()]).collect();
                if !self.paths.contains_key(&below) {
                    return None;
                }
                (module.clone(), path)
            }
        };
        for (number, part) in rest.iter().enumerate() {
            let below: Module = at.iter().cloned().chain([part.clone()]).collect();
            if self.paths.contains_key(&below) {
                at = below;
                continue;
            }
            let handed_on = self.names.get(&at).and_then(|names| names.get(part));
            if let Some(origin) = handed_on.filter(|_| depth < 5 && &at != module) {
                let origin: Vec<String> =
                    origin.iter().chain(&rest[number + 1..]).cloned().collect();
                return self.resolve(&at, &origin, depth + 1).or(Some(at));
            }
            break;
        }
        self.paths.contains_key(&at).then_some(at)
    }
}

/// Names and paths of all `use` lines.
fn use_lines(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(begin) = next_use(rest) {
        let line = &rest[begin..];
        let end = line.find(';').unwrap_or(line.len());
        for path in expanded(&line[..end].split_whitespace().collect::<Vec<_>>().join(" ")) {
            let (path, name) = match path.split_once(" as ") {
                Some((path, name)) => (path.to_owned(), Some(name.to_owned())),
                None => (path, None),
            };
            let mut parts: Vec<String> = path.split("::").map(str::to_owned).collect();
            if parts.last().is_some_and(|last| last == "self") {
                parts.pop();
            }
            let name = name.or_else(|| parts.last().cloned());
            found.extend(name.map(|name| (name, parts)));
        }
        rest = &line[end..];
    }
    found
}

/// Where the tree of the next `use` line begins.
fn next_use(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let public = match code.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.find(')').map_or(0, |end| end + 4),
            Some(_) => 3,
            None => 0,
        };
        let word = code[public..].trim_start();
        if let Some(tree) = word.strip_prefix("use ") {
            return Some(at + indent + (code.len() - tree.len()));
        }
        at += line.len();
    }
    None
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn expanded(tree: &str) -> Vec<String> {
    let Some(close) = tree.find('}') else { return vec![tree.trim().to_owned()] };
    let Some(open) = tree[..close].rfind('{') else { return Vec::new() };
    let parts = tree[open + 1..close].split(',').map(str::trim).filter(|part| !part.is_empty());
    let whole = parts.map(|part| format!("{}{part}{}", &tree[..open], &tree[close + 1..]));
    whole.flat_map(|path| expanded(&path)).collect()
}

/// Paths within the code that begin with `crate`, `super` or `self`.
fn inline_paths(text: &str) -> Vec<Vec<String>> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let words = text.split(|char: char| !is_word(char) && char != ':');
    let paths = words.map(|word| word.split("::").map(str::to_owned).collect::<Vec<_>>());
    let begins = |path: &Vec<String>| matches!(path[0].as_str(), "crate" | "super" | "self");
    paths.filter(|path| path.len() > 1 && begins(path) && !path.contains(&String::new())).collect()
}

/// Modules that reach each other.
fn circles(edges: &BTreeMap<&Module, BTreeSet<Module>>) -> Vec<Circle> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        edges.keys().map(|module| (*module, reach(edges, module))).collect();
    let (mut found, mut done) = (Vec::new(), BTreeSet::new());
    for (module, all) in &reached {
        let circle: Vec<&Module> =
            all.iter().filter(|other| reached[**other].contains(module)).copied().collect();
        if circle.len() < 2 || !done.insert(circle.clone()) {
            continue;
        }
        let among = |from: &Module| {
            let inside = edges[from].iter().filter(|to| circle.contains(to));
            inside.map(|to| format!("{} -> {}", shown(from), shown(to))).collect::<Vec<_>>()
        };
        found.push(Circle {
            files: circle.iter().map(|module| shown(module)).collect(),
            imports: circle.iter().flat_map(|module| among(module)).collect(),
        });
    }
    found
}

/// All modules that can be reached by imports, itself only through others.
fn reach<'a>(
    edges: &'a BTreeMap<&Module, BTreeSet<Module>>,
    from: &Module,
) -> BTreeSet<&'a Module> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flatten() {
            if found.insert(next) {
                open.push(next);
            }
        }
    }
    found
}

fn shown(module: &Module) -> String {
    if module.is_empty() { "lib".to_owned() } else { module.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate with these files.
    fn of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        import_circles(folder.path()).into_iter().map(|circle| circle.files).collect()
    }

    #[test]
    fn two_files_that_import_each_other_are_a_circle() {
        let found = of(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "use crate::b::B;\nfn f(_: super::c::C) {}\n"),
            ("b.rs", "use std::io;\nuse crate::{\n    a::A,\n    c::{self, C},\n};\n"),
            ("c.rs", "// use crate::a::A;\npub struct C;\n"),
        ]);
        assert_eq!(found, [["a", "b"]]);
    }

    #[test]
    fn a_name_that_a_parent_hands_on_is_an_import_of_its_own_file() {
        let found = of(&[
            ("lib.rs", "mod a;\nmod b;\npub use a::A;\npub(crate) use b::B as Bee;\n"),
            ("a.rs", "use super::Bee;\n"),
            ("b.rs", "use crate::A;\n"),
        ]);
        assert_eq!(found, [["a", "b"]]);
    }

    #[test]
    fn a_circle_may_go_through_folders() {
        let found = of(&[
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a/mod.rs", "mod x;\n"),
            ("a/x.rs", "use crate::b::y::Y;\n"),
            ("b.rs", "pub mod y;\n"),
            ("b/y.rs", "use super::super::c::C;\n"),
            ("c.rs", "fn f() { crate::a::x::g() }\n"),
        ]);
        assert_eq!(found, [["a/x", "b/y", "c"]]);
    }

    #[test]
    fn parents_children_and_tests_may_import_each_other() {
        let found = of(&[
            ("lib.rs", "mod a;\nmod b;\nuse a::A;\n"),
            (
                "a.rs",
                "mod x;\nuse x::X;\npub struct A;\n#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}\n",
            ),
            ("a/x.rs", "use super::A;\npub struct X;\n"),
            (
                "b.rs",
                "use crate::a::A;\n#[cfg(test)]\nuse crate::a::x::X;\n#[cfg(test)]\nmod tests;\n",
            ),
            ("b/tests.rs", "use crate::a::A;\n"),
        ]);
        assert_eq!(found, Vec::<Vec<String>>::new());
    }
}
