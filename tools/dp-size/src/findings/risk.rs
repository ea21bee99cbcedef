//! Findings without bytes: containers run as root, the history gives secrets away.

use dp_record::Finding;

use super::catalogue::{RUNS_AS_ROOT, SECRET_IN_HISTORY};
use super::finding::{ImageContext, without_layer};
use crate::history_secrets::SecretNames;

/// A finding if the image runs as root. None if its user is not known.
pub(super) fn runs_as_root(image: &ImageContext<'_>) -> Option<Finding> {
    image.user.filter(|user| is_root(user))?;
    let at = image.user_line;
    Some(Finding {
        instruction: at.map(|(text, _)| text.to_owned()),
        line: at.map(|(_, line)| line),
        dockerfile: at.and(image.dockerfile).map(str::to_owned),
        ..without_layer(&RUNS_AS_ROOT)
    })
}

/// A finding for each instruction whose values everybody can read who has the image.
pub(super) fn secrets_in_history(image: &ImageContext<'_>) -> Vec<Finding> {
    let finding = |secret: &SecretNames| Finding {
        instruction: secret.instruction.clone(),
        line: secret.line,
        dockerfile: secret.line.and(image.dockerfile).map(str::to_owned),
        names: secret.names.clone(),
        ..without_layer(&SECRET_IN_HISTORY)
    };
    image.secrets.iter().map(finding).collect()
}

/// Whether `USER` means root: by name or number, with or without a group; without
/// USER it is root too.
fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default();
    matches!(name, "" | "root") || name.parse() == Ok(0_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(user: Option<&str>) -> bool {
        runs_as_root(&ImageContext { user, ..ImageContext::default() }).is_some()
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
