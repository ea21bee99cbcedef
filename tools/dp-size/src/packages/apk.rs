//! apk's database: paragraphs of `LETTER:value`. `P` names the package; each
//! `F` names a directory, the `R` behind it files in it (apk-tools'
//! `database.c`).

use super::Package;

/// A package, with the paths of its files from the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) package: Package,
    pub(super) files: Vec<Vec<u8>>,
}

/// The packages of `installed`. Text that is no such file tells no package.
pub(super) fn installed(text: &[u8]) -> Vec<Installed> {
    let mut found = Vec::new();
    let mut package = Installed::default();
    let mut folder: &[u8] = b"";
    for line in text.split(|byte| *byte == b'\n') {
        match line {
            [b'P', b':', name @ ..] => {
                package.package.name = String::from_utf8_lossy(name).into_owned();
            }
            [b'F', b':', name @ ..] => folder = name,
            [b'R', b':', name @ ..] => package.files.push([folder, name].join(&b'/')),
            [] => {
                found.extend(named(std::mem::take(&mut package)));
                folder = b"";
            }
            _ => {}
        }
    }
    found.extend(named(package));
    found
}

fn named(package: Installed) -> Option<Installed> {
    (!package.package.name.is_empty()).then_some(package)
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
        let told: Vec<(String, Vec<String>)> = installed(INSTALLED.as_bytes())
            .into_iter()
            .map(|one| {
                let text = |path: Vec<u8>| String::from_utf8(path).unwrap();
                (one.package.name, one.files.into_iter().map(text).collect())
            })
            .collect();
        let paths = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let musl = paths(&["lib/ld-musl-x86_64.so.1", "lib/libc.musl-x86_64.so.1", "usr/lib/x"]);
        let expected = [
            ("musl".to_owned(), musl),
            (".build-deps".to_owned(), Vec::new()),
            ("make".to_owned(), paths(&["usr/bin/make"])),
        ];
        assert_eq!(told, expected);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(text in proptest::collection::vec(0_u8..=255, 0..2_000)) {
            let _ = installed(&text);
        }

        #[test]
        fn each_file_is_told_once(
            lines in proptest::collection::vec(
                proptest::sample::select(vec!["P:a", "P:", "F:d", "R:f", "R:", "", "x", "F"]),
                0..60,
            )
        ) {
            let text = lines.join("\n");
            let told: usize = installed(text.as_bytes()).iter().map(|one| one.files.len()).sum();
            let written = lines.iter().filter(|line| line.starts_with("R:")).count();
            proptest::prop_assert!(told <= written);
        }
    }
}
