//! Image names: `[registry[:port]/]path[:tag][@digest]`, or an id.
//!
//! The grammar is that of the distribution project's `reference` package.

use std::fmt;

use crate::error::EngineError;

/// The longest name, registry included; the engine refuses a longer one.
const NAME_MAX: usize = 255;
const TAG_MAX: usize = 128;

/// An image name, checked, in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Registry and path, as they were written (`registry:5000/app`, `app`).
    pub repository: String,
    /// The tag, where one was written.
    pub tag: Option<String>,
    /// The digest (`sha256:...`), where one was written.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a name, or an id (`sha256:...` or 64 hexadecimal digits).
    ///
    /// # Errors
    /// The text is neither.
    pub fn parse(text: &str) -> Result<Self, EngineError> {
        split(text)
            .map_err(|reason| EngineError::BadReference { reference: text.to_owned(), reason })
    }

    /// Whether it is an image's id, which is no name.
    pub fn is_id(&self) -> bool {
        let hex = |text: &str| text.len() == 64 && is_hex(text);
        match &self.tag {
            Some(tag) => self.repository == "sha256" && hex(tag),
            None => hex(&self.repository),
        }
    }

    /// The name with its tag, `latest` where it has none.
    ///
    /// # Errors
    /// It is an id, or has a digest: neither is a tag.
    pub fn tagged(mut self) -> Result<Self, EngineError> {
        if self.is_id() || self.digest.is_some() {
            let reason = "an id or a digest is not a tag";
            return Err(EngineError::BadReference { reference: self.to_string(), reason });
        }
        self.tag.get_or_insert_with(|| "latest".to_owned());
        Ok(self)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn split(text: &str) -> Result<Reference, &'static str> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return Err("the digest is not algorithm:hexadecimal");
    }
    // A colon before the last slash belongs to the registry's port.
    let path = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (repository, tag) = match rest[path..].find(':') {
        Some(colon) => (&rest[..path + colon], Some(&rest[path + colon + 1..])),
        None => (rest, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err("the tag is not 1 to 128 letters, digits, '_', '.' and '-'");
    }
    check_repository(repository)?;
    Ok(Reference {
        repository: repository.to_owned(),
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

fn check_repository(repository: &str) -> Result<(), &'static str> {
    if repository.is_empty() {
        return Err("the name is empty");
    }
    if repository.len() > NAME_MAX {
        return Err("the name is longer than 255 bytes");
    }
    let path = match repository.split_once('/') {
        Some((first, path)) if is_registry(first) => path,
        _ => repository,
    };
    if path.split('/').all(is_component) {
        return Ok(());
    }
    if path.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("the name must be lower case");
    }
    Err("the name is not letters and digits, with '.', '_', '-' and '/' between them")
}

/// What is before the first slash is a registry when it has a dot, a port or an upper-case
/// letter, or is `localhost`; otherwise it belongs to the path.
fn is_registry(first: &str) -> bool {
    let named = first == "localhost"
        || first.contains(['.', ':'])
        || first.chars().any(|c| c.is_ascii_uppercase());
    named && is_domain(first)
}

fn is_domain(text: &str) -> bool {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let address =
            !address.is_empty() && address.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
        return address && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_label(label: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    label.starts_with(edge)
        && label.ends_with(edge)
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Lower-case letters and digits, joined by one `.`, by one or two `_`, or by any number of `-`.
fn is_component(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let joins = text.split(word).filter(|join| !join.is_empty());
    text.starts_with(word)
        && text.ends_with(word)
        && joins
            .into_iter()
            .all(|join| matches!(join, "." | "_" | "__") || join.bytes().all(|byte| byte == b'-'))
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= TAG_MAX
        && text.starts_with(word)
        && text.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        let lower = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        algorithm.starts_with(lower)
            && algorithm.chars().all(|c| lower(c) || matches!(c, '+' | '.' | '_' | '-'))
            && hex.len() >= 32
            && is_hex(hex)
    })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
