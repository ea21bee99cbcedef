//! `--volume [SOURCE:]TARGET[:OPTIONS]` and `--tmpfs TARGET[:OPTIONS]`.

use std::path::Path;

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
    let Some((source, target)) = text.split_once(':') else {
        absolute(text)?;
        return Ok(Volume::Anonymous(text.to_owned()));
    };
    absolute(target)?;
    if source.starts_with('/') {
        return Ok(Volume::Folder(text.to_owned()));
    }
    if source.starts_with('.') {
        let folder = std::path::absolute(Path::new(source)).map_err(|error| error.to_string())?;
        return Ok(Volume::Folder(format!("{}:{target}", folder.display())));
    }
    let plain = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    if source.is_empty() || !source.chars().all(plain) {
        return Err(
            "a folder begins with / or ., a volume's name has letters, digits, _ . -".into()
        );
    }
    Ok(Volume::Named { name: source.to_owned(), bind: text.to_owned() })
}

fn absolute(target: &str) -> Result<(), String> {
    let path = target.split(':').next().unwrap_or_default();
    if path.starts_with('/') { Ok(()) } else { Err("the target must begin with /".to_owned()) }
}

/// Path and options of a `--tmpfs`.
pub(super) fn tmpfs(text: &str) -> Result<(String, String), String> {
    absolute(text)?;
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    Ok((path.to_owned(), options.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_those_of_docker() {
        assert_eq!(parse("/data"), Ok(Volume::Anonymous("/data".to_owned())));
        assert_eq!(parse("/a:/b:ro"), Ok(Volume::Folder("/a:/b:ro".to_owned())));
        let named = Volume::Named { name: "cache".to_owned(), bind: "cache:/c".to_owned() };
        assert_eq!(parse("cache:/c"), Ok(named));
        let here = std::env::current_dir().unwrap();
        let Ok(Volume::Folder(bind)) = parse("./src:/s") else { panic!("a folder") };
        assert_eq!(bind, format!("{}/src:/s", here.display()));
        for text in ["", "data", "a b:/c", "x:y", ":/c"] {
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
