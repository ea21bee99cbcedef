//! dpkg's database: paragraphs of fields (deb-control(5)), and lists of paths.

use super::Package;

/// A package of `status`, with what its list may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) package: Package,
    architecture: String,
}

impl Installed {
    /// Names under which dpkg may keep its list: packages that may be installed for
    /// several architectures have theirs in the name.
    pub(super) fn lists(&self) -> [String; 2] {
        let name = &self.package.name;
        [format!("{name}.list"), format!("{name}:{}.list", self.architecture)]
    }

    /// The name under which images without a package manager keep its list.
    pub(super) fn sums(&self) -> String {
        format!("{}.md5sums", self.package.name)
    }
}

/// The packages of `status` that have files: those that were removed, and
/// whose configuration alone is left, have none. Text that is no such file
/// has no package.
pub(super) fn status(text: &[u8]) -> Vec<Installed> {
    let mut found = Vec::new();
    let mut paragraph = Paragraph::default();
    for line in text.split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            found.extend(std::mem::take(&mut paragraph).installed());
        } else {
            paragraph.add(line);
        }
    }
    found.extend(paragraph.installed());
    found
}

/// The fields that matter of one paragraph.
#[derive(Debug, Default)]
struct Paragraph {
    name: String,
    section: String,
    architecture: String,
    /// Absent in images without a package manager.
    status: Option<String>,
}

impl Paragraph {
    fn add(&mut self, line: &[u8]) {
        // A line that begins with a blank continues the field before.
        if line.first().is_some_and(u8::is_ascii_whitespace) {
            return;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let value = || String::from_utf8_lossy(line[colon + 1..].trim_ascii()).into_owned();
        match &line[..colon].to_ascii_lowercase()[..] {
            b"package" => self.name = value(),
            b"section" => self.section = value(),
            b"architecture" => self.architecture = value(),
            b"status" => self.status = Some(value()),
            _ => {}
        }
    }

    fn installed(self) -> Option<Installed> {
        let has_files = self.status.is_none_or(|status| {
            let state = status.split_whitespace().nth(2).unwrap_or_default();
            !matches!(state, "not-installed" | "config-files" | "")
        });
        let package = Package { name: self.name, section: self.section };
        (has_files && !package.name.is_empty())
            .then_some(Installed { package, architecture: self.architecture })
    }
}

/// The paths of a `.list`: one a line, including directories.
pub(super) fn list(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n').filter(|path| path.starts_with(b"/"))
}

/// The paths of an `.md5sums`, without the slash at their beginning.
pub(super) fn sums(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = text.split(|byte| *byte == b'\n');
    let path = |line: &'_ [u8]| line.windows(2).position(|two| two == b"  ").map(|at| at + 2);
    lines.filter_map(move |line| path(line).map(|begin| &line[begin..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "\
Package: gcc-12
Status: install ok installed
Priority: optional
Section: devel
Architecture: amd64
Description: GNU C compiler
 This is the GNU C compiler.
 Section: not this
 .
 Package: nor this

Package: libc6
Status: install ok installed
Section: libs
Architecture: amd64
Multi-Arch: same

Package: gone
Status: deinstall ok config-files
Section: devel

Package: half
status: install reinstreq half-installed
SECTION: contrib/devel";

    #[test]
    fn packages_that_have_files_are_listed() {
        let found = status(STATUS.as_bytes());
        let listed: Vec<(&str, &str)> = found
            .iter()
            .map(|one| (one.package.name.as_str(), one.package.section.as_str()))
            .collect();
        assert_eq!(listed, [("gcc-12", "devel"), ("libc6", "libs"), ("half", "contrib/devel")]);
        assert_eq!(found[1].lists(), ["libc6.list", "libc6:amd64.list"]);
    }

    #[test]
    fn a_package_without_a_status_is_there() {
        let found = status(b"Package: libssl3\nVersion: 3.0\nArchitecture: amd64\n");
        assert_eq!(found[0].sums(), "libssl3.md5sums");
    }

    #[test]
    fn lists_contain_paths() {
        let paths: Vec<&[u8]> = list(b"/.\n/usr\n/usr/bin/gcc\nodd\n\n").collect();
        assert_eq!(paths, [&b"/."[..], b"/usr", b"/usr/bin/gcc"]);
        let text = b"d41d8cd98f00b204e9800998ecf8427e  usr/share/doc/a  b\nodd\n";
        assert_eq!(sums(text).collect::<Vec<_>>(), [&b"usr/share/doc/a  b"[..]]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(text in proptest::collection::vec(0_u8..=255, 0..2_000)) {
            let _ = status(&text);
            let _ = list(&text).count();
            let _ = sums(&text).count();
        }

        /// Words of the format in any order, so that some make paragraphs.
        #[test]
        fn nothing_is_read_that_the_text_does_not_contain(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "Package: ", "Status: ", "install ok installed", "Section: ", "devel", "a",
                    "\n", "\n\n", " ", ":", "\r", "\u{e9}", "config-files",
                ]),
                0..60,
            )
        ) {
            let text = words.concat();
            for one in status(text.as_bytes()) {
                proptest::prop_assert!(!one.package.name.is_empty());
                proptest::prop_assert!(text.contains(&one.package.name));
                proptest::prop_assert!(text.contains(&one.package.section));
            }
        }
    }
}
