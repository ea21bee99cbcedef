//! apk's database: paragraphs of `LETTER:value`. `P` names the package; each
//! `F` names a directory, the `R` after it files in it (apk-tools'
//! `database.c`).

use super::Package;

/// A package. Its paths are kept as folder and name: whole paths of a long folder
/// with many files would take more memory than any image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Installed<'t> {
    pub(super) package: Package,
    pub(super) folders: Vec<Folder<'t>>,
}

/// A directory, from the root, with the names of the package's files in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folder<'t> {
    pub(super) path: &'t [u8],
    pub(super) files: Vec<&'t [u8]>,
}

/// The packages of the file `installed`. Text that is no such file has none.
pub(super) fn installed(text: &[u8]) -> Vec<Installed<'_>> {
    let mut found = Vec::new();
    let mut package = Installed::default();
    for line in text.split(|byte| *byte == b'\n') {
        match line {
            [b'P', b':', name @ ..] => {
                package.package.name = String::from_utf8_lossy(name).into_owned();
            }
            [b'F', b':', path @ ..] => package.folders.push(Folder { path, files: Vec::new() }),
            [b'R', b':', name @ ..] => package.add(name),
            [] => found.extend(std::mem::take(&mut package).named()),
            _ => {}
        }
    }
    found.extend(package.named());
    found
}

impl<'t> Installed<'t> {
    /// A file in the folder that was named last, else in the root.
    fn add(&mut self, name: &'t [u8]) {
        match self.folders.last_mut() {
            Some(folder) => folder.files.push(name),
            None => self.folders.push(Folder { path: b"", files: vec![name] }),
        }
    }

    fn named(self) -> Option<Self> {
        (!self.package.name.is_empty()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shortened from an Alpine image.
    const INSTALLED: &str = "\
C:Q1X6s=
P:musl
V:1.2.5-r9
A:x86_64
o:musl
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1ra=
R:libc.musl-x86_64.so.1
F:usr
F:usr/lib
R:x

P:.build-deps
V:20260101

P:make
F:usr/bin
R:make
";

    #[test]
    fn packages_have_their_files() {
        let listed: Vec<(String, Vec<String>)> = installed(INSTALLED.as_bytes())
            .into_iter()
            .map(|one| {
                let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
                let paths = one.folders.iter().flat_map(|folder| {
                    let path = |name: &&[u8]| format!("{}/{}", text(folder.path), text(name));
                    folder.files.iter().map(path)
                });
                (one.package.name.clone(), paths.collect())
            })
            .collect();
        let paths = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let musl = paths(&["lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1", "usr/lib/x"]);
        let expected = [
            ("musl".to_owned(), musl),
            (".build-deps".to_owned(), Vec::new()),
            ("make".to_owned(), paths(&["usr/bin/make"])),
        ];
        assert_eq!(listed, expected);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(text in proptest::collection::vec(0_u8..=255, 0..2_000)) {
            let _ = installed(&text);
        }

        #[test]
        fn each_file_is_listed_once(
            lines in proptest::collection::vec(
                proptest::sample::select(vec!["P:a", "P:", "F:d", "R:f", "R:", "", "x", "F"]),
                0..60,
            )
        ) {
            let text = lines.join("\n");
            let listed = installed(text.as_bytes());
            let folders = listed.iter().flat_map(|one| &one.folders);
            let listed: usize = folders.map(|folder| folder.files.len()).sum();
            let written = lines.iter().filter(|line| line.starts_with("R:")).count();
            proptest::prop_assert!(listed <= written);
        }
    }
}
