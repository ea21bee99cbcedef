//! What costs no bytes.

use super::finding::{Finding, Image, Severity};

const ADVICE: &str =
    "it runs as root: end the Dockerfile with USER and a name or number that is not root's";

/// A finding if the image runs as root. None if its user is not known.
pub(super) fn runs_as_root(image: &Image<'_>) -> Option<Finding> {
    image.user.filter(|user| is_root(user))?;
    let at = image.user_line;
    Some(Finding {
        instruction: at.map(|(text, _)| text.to_owned()),
        line: at.map(|(_, line)| line),
        dockerfile: at.and(image.dockerfile).map(str::to_owned),
        ..Finding::new("runs_as_root", Severity::Risk, ADVICE.to_owned())
    })
}

/// Whether `USER` means root: by name or number, with or without a group; no
/// user at all is root too.
fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    matches!(name, "" | "root") || name.parse() == Ok(0_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(user: Option<&str>) -> bool {
        runs_as_root(&Image { user, ..Image::default() }).is_some()
    }

    #[test]
    fn root_is_known_by_name_number_and_absence() {
        for user in ["", "root", "0", "0:0", "root:root", "00"] {
            assert!(found(Some(user)), "{user}");
        }
        for user in ["app", "1000", "1000:0", "nobody:root"] {
            assert!(!found(Some(user)), "{user}");
        }
        assert!(!found(None));
    }
}
