//! `--volume [SOURCE:]TARGET[:OPTIONS]` and `--tmpfs TARGET[:OPTIONS]`.

use super::values::cleaned;

/// What one `--volume` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Volume {
    /// A volume without a name, at this path.
    Anonymous(String),
    /// A folder of the engine's machine, as the engine wants it written.
    Folder(String),
    /// A volume with a name.
    Named {
        /// The name.
        name: String,
        /// Source, target and options, as the engine wants them written.
        bind: String,
    },
}

/// Parses one `--volume`. A relative folder is one of ours.
pub(super) fn parse(text: &str) -> Result<Volume, String> {
    let sections = sections(text)?;
    let [source, target, ..] = &sections[..] else {
        return Ok(Volume::Anonymous(text.to_owned()));
    };
    absolute(target)?;
    if source.starts_with('/') {
        return Ok(Volume::Folder(text.to_owned()));
    }
    if source.starts_with('.') {
        let here = std::env::current_dir().map_err(|error| error.to_string())?;
        let folder = cleaned(&format!("{}/{source}", here.display()));
        let rest = &text[source.len()..];
        return Ok(Volume::Folder(format!("{folder}{rest}")));
    }
    let plain = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    if source.len() < 2 || !source.chars().all(plain) {
        return Err("a folder begins with / or ., a volume's name has at least two letters, \
                    digits, _ . -"
            .into());
    }
    Ok(Volume::Named { name: source.clone(), bind: text.to_owned() })
}

/// Source, target and options; or the target alone. One letter before a colon is no
/// section: docker takes it for a drive of Windows, here too.
fn sections(text: &str) -> Result<Vec<String>, String> {
    let mut sections: Vec<String> = Vec::new();
    let is_drive = |text: &String| text.len() == 1 && text.starts_with(char::is_alphabetic);
    for part in text.split(':') {
        match sections.last_mut() {
            Some(drive) if is_drive(drive) => {
                drive.push(':');
                drive.push_str(part);
            }
            _ => sections.push(part.to_owned()),
        }
    }
    if sections.len() > 3 || sections.iter().any(String::is_empty) {
        return Err("write [SOURCE:]TARGET[:OPTIONS]".to_owned());
    }
    Ok(sections)
}

fn absolute(path: &str) -> Result<(), String> {
    if path.starts_with('/') { Ok(()) } else { Err("the target must begin with /".to_owned()) }
}

/// Path and options of a `--tmpfs`.
pub(super) fn tmpfs(text: &str) -> Result<(String, String), String> {
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    absolute(path)?;
    Ok((path.to_owned(), options.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_those_of_docker() {
        for text in ["/data", "data", "n:/c"] {
            assert_eq!(parse(text), Ok(Volume::Anonymous(text.to_owned())));
        }
        assert_eq!(parse("/a:/b:ro"), Ok(Volume::Folder("/a:/b:ro".to_owned())));
        let named = Volume::Named { name: "cache".to_owned(), bind: "cache:/c".to_owned() };
        assert_eq!(parse("cache:/c"), Ok(named));
        let here = std::env::current_dir().unwrap();
        let Ok(Volume::Folder(bind)) = parse("./src:/s") else { panic!("a folder") };
        assert_eq!(bind, format!("{}/src:/s", here.display()));
        let up = here.parent().unwrap().display().to_string();
        assert_eq!(parse("../src:/s:ro"), Ok(Volume::Folder(format!("{up}/src:/s:ro"))));
        for text in ["", "a b:/c", "xx:y", ":/c", "/a:/b:", "/a:/b:ro:z", "~/a:/b"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_tmpfs_may_have_options() {
        let both = |text| tmpfs(text).unwrap();
        assert_eq!(both("/run"), ("/run".to_owned(), String::new()));
        assert_eq!(both("/run:size=64m"), ("/run".to_owned(), "size=64m".to_owned()));
    }
}
