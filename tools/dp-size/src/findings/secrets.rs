//! Files that look like secrets by their names. Their content is not read.

use std::collections::BTreeMap;

use dp_record::Finding;
use dp_record::detail::PathBytes;
use hashbrown::HashSet;

use super::catalogue::SECRET_LIKE_FILE;
use super::finding::ImageContext;
use super::pattern::Pattern;
use crate::glob::Glob;
use crate::packages::Packages;
use crate::tree::{File, PathId, Paths, Tree};

/// Most names that one finding lists.
const MOST_NAMES: usize = 20;

/// Names of files that hold keys, passwords or tokens.
const NAMES: [&str; 32] = [
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".env",
    ".env.*",
    ".npmrc",
    ".yarnrc.yml",
    ".pypirc",
    ".netrc",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".git-credentials",
    ".dockercfg",
    ".dockerconfigjson",
    ".vault-token",
    ".Renviron",
    "credentials.json",
    "service-account*.json",
    "secrets.yml",
    "secrets.yaml",
    "secrets.json",
    "terraform.tfstate",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "*.kdbx",
    "*.ppk",
];

/// Names that are secrets in one folder only.
const IN_FOLDERS: [&str; 4] =
    ["**/.aws/credentials", "**/.docker/config.json", "**/.kube/config", "**/.ssh/identity"];

/// Names that match, but are harmless: templates, public certificates.
const HARMLESS: [&str; 9] = [
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.dist",
    ".env.defaults",
    "cacert*.pem",
    "*cert.pem",
    "*chain.pem",
    "ca-*.pem",
];

/// Folders of public certificates, and of packages with keys for their own tests.
const PUBLIC: [&str; 7] = [
    "/etc/ssl/certs/",
    "/etc/ca-certificates/",
    "/etc/pki/",
    "/usr/share/",
    "/usr/local/share/ca-certificates/",
    "/usr/lib/ssl/certs/",
    "/etc/apk/keys/",
];

/// Names of folders of packages of languages.
const THIRD_PARTY: [&[u8]; 7] = [
    b"node_modules",
    b"site-packages",
    b"dist-packages",
    b"gems",
    b"vendor",
    b"site-library",
    b"registry",
];

/// One finding for each layer that has such files, live or dead.
pub(super) fn finding(
    tree: &Tree,
    image: &ImageContext<'_>,
    packages: Option<&Packages>,
) -> Vec<Finding> {
    let patterns = SecretPatterns::new();
    let mut layers: BTreeMap<u16, SecretFiles> = BTreeMap::new();
    for file in tree.files().filter(|file| file.size > 0) {
        let owned = || packages.is_some_and(|all| all.owner(file.path).is_some());
        if patterns.is_secret(tree.paths(), &file) && !owned() {
            let named = layers.entry(file.layer).or_default();
            named.add(tree.paths().bytes(file.path), file.size);
        }
    }
    let finding = |(layer, named): (u16, SecretFiles)| {
        let part = |(path, bytes): (Vec<u8>, u64)| PathBytes {
            path: String::from_utf8_lossy(&path).into_owned(),
            bytes,
        };
        let (files, paths) = (named.files, named.first.into_iter().map(part).collect());
        let finding = image.finding(&SECRET_LIKE_FILE, layer);
        Finding { files: Some(files), paths, ..finding }
    };
    layers.into_iter().map(finding).collect()
}

/// Files of one layer: how many, and the first of them with their sizes.
#[derive(Default)]
struct SecretFiles {
    files: u64,
    first: BTreeMap<Vec<u8>, u64>,
}

impl SecretFiles {
    /// Keeps few names, whatever an archive contains.
    fn add(&mut self, path: Vec<u8>, bytes: u64) {
        self.files += u64::from(self.first.insert(path, bytes).is_none());
        if self.first.len() > MOST_NAMES {
            self.first.pop_last();
        }
    }
}

/// The patterns above, parsed.
struct SecretPatterns {
    literal: HashSet<&'static [u8]>,
    globs: Vec<Glob>,
    harmless: Vec<Glob>,
    in_folders: Vec<Pattern>,
    public: Vec<Pattern>,
}

impl SecretPatterns {
    fn new() -> Self {
        let read = |texts: &[&'static str]| texts.iter().map(|one| Pattern::read(one)).collect();
        let globs = |texts: &[&'static str]| -> Vec<Glob> {
            texts.iter().copied().map(Glob::new).collect()
        };
        let mut named = globs(&NAMES);
        let literal = named.iter().filter_map(|one| one.literal()).collect();
        named.retain(|one| one.literal().is_none());
        Self {
            literal,
            globs: named,
            harmless: globs(&HARMLESS),
            in_folders: read(&IN_FOLDERS),
            public: read(&PUBLIC),
        }
    }

    fn is_secret(&self, paths: &Paths, file: &File) -> bool {
        let name = paths.name(file.path);
        let any = |globs: &[Glob]| globs.iter().any(|one| one.matches(name));
        let named = self.literal.contains(name) || any(&self.globs);
        let in_folder = || self.in_folders.iter().any(|one| one.matches(paths, file.path));
        (named && !any(&self.harmless) || in_folder()) && !self.is_public(paths, file.path)
    }

    fn is_public(&self, paths: &Paths, path: PathId) -> bool {
        let mut above = std::iter::successors(paths.parent(path), |path| paths.parent(*path));
        above.any(|folder| {
            THIRD_PARTY.contains(&paths.name(folder))
                || self.public.iter().any(|one| one.matches(paths, folder))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::builder::{file, tree, whiteout};

    fn names(path: &str) -> Vec<String> {
        let tree = tree(&[vec![file(path, 1)]]);
        let found = finding(&tree, &ImageContext::default(), None);
        found.into_iter().flat_map(|one| one.paths).map(|part| part.path).collect()
    }

    #[test]
    fn names_of_secrets_are_found() {
        for path in [
            "root/.ssh/id_rsa",
            "app/.env",
            "app/.env.production",
            "root/.npmrc",
            "app/server.key",
            "app/private.pem",
            "root/.aws/credentials",
            "root/.docker/config.json",
            "etc/service-account-1.json",
        ] {
            assert_eq!(names(path), [format!("/{path}")]);
        }
    }

    #[test]
    fn public_certificates_and_files_of_others_are_not() {
        for path in [
            "etc/ssl/certs/ca.pem",
            "usr/share/ca-certificates/x.pem",
            "app/node_modules/x/test/key.pem",
            "usr/lib/python3/dist-packages/certifi/cacert.pem",
            "app/fullchain.pem",
            "app/.env.example",
            "app/config.json",
            "app/credentials",
            "app/id_rsa.pub",
            "app/environment",
        ] {
            assert!(names(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn of_many_the_first_are_named_and_all_counted() {
        let keys = (0..100).map(|n| file(&format!("k/{n:02}.key"), 1)).collect();
        let found = finding(&tree(&[keys]), &ImageContext::default(), None);
        assert_eq!((found[0].files, found[0].paths.len()), (Some(100), MOST_NAMES));
        assert_eq!(found[0].paths[19].path, "/k/19.key");
    }

    #[test]
    fn a_removed_secret_is_still_found_at_the_layer_that_brought_it() {
        let tree = tree(&[vec![file("a", 1)], vec![file(".env", 7)], vec![whiteout(".env")]]);
        let found = finding(&tree, &ImageContext::default(), None);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].layer, found[0].bytes, found[0].files), (Some(2), Some(0), Some(1)));
        assert_eq!(found[0].paths, [PathBytes { path: "/.env".to_owned(), bytes: 7 }]);
    }
}
