//! The history of an image, and which of its entries made a layer.

use bollard::models::ImageHistoryResponseItem;
use jiff::Timestamp;

/// Instructions that only change the configuration.
const METADATA: [&str; 13] = [
    "ARG",
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// One step of an image's history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The instruction as the builder wrote it. May hold values of build arguments and variables.
    pub created_by: String,
    /// The size of its layer as the engine counts it, in bytes.
    pub size_bytes: u64,
    /// When it was made; absent where the engine gives none.
    pub created: Option<Timestamp>,
    /// Whether it made no layer. The API does not say: it follows from the size, the instruction
    /// and the number of layers, and is absent where these allow both.
    pub empty: Option<bool>,
    /// The builder's comment (`buildkit.dockerfile.v0`).
    pub comment: String,
}

/// The engine's answer, turned to oldest first, with [`HistoryEntry::empty`] filled in.
///
/// The API leaves out the image's own `empty_layer` marks. What has a size made a layer, what only
/// changes the configuration made none; a RUN, COPY or WORKDIR without size may be either, and is
/// known by the number of layers where that leaves one way only.
pub(super) fn entries(answer: Vec<ImageHistoryResponseItem>, layers: usize) -> Vec<HistoryEntry> {
    let mut entries: Vec<HistoryEntry> = answer.into_iter().rev().map(entry).collect();
    let unknown = entries.iter().filter(|entry| entry.empty.is_none()).count();
    let sized = entries.iter().filter(|entry| entry.empty == Some(false)).count();
    let open = match layers.checked_sub(sized) {
        Some(0) => Some(true),
        Some(missing) if missing == unknown => Some(false),
        _ => None,
    };
    for entry in entries.iter_mut().filter(|entry| entry.empty.is_none()) {
        entry.empty = open;
    }
    entries
}

fn entry(item: ImageHistoryResponseItem) -> HistoryEntry {
    let size_bytes = u64::try_from(item.size).unwrap_or_default();
    let empty = match size_bytes {
        1.. => Some(false),
        0 if is_metadata(&item.created_by) => Some(true),
        0 => None,
    };
    HistoryEntry {
        created_by: item.created_by,
        size_bytes,
        // Go's zero time, in seconds since 1970, is out of range here or long before it.
        created: Timestamp::from_second(item.created).ok().filter(|time| time.as_second() >= 0),
        empty,
        comment: item.comment,
    }
}

/// Both ways to write an instruction: BuildKit's `ENV A=1`, the legacy builder's
/// `/bin/sh -c #(nop)  ENV A=1`.
fn is_metadata(created_by: &str) -> bool {
    let text = created_by.split_once("#(nop)").map_or(created_by, |(_, rest)| rest);
    let word = text.split_whitespace().next();
    word.is_some_and(|word| METADATA.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(created_by: &str, size: i64) -> ImageHistoryResponseItem {
        ImageHistoryResponseItem {
            created_by: created_by.to_owned(),
            size,
            created: 1_700_000_000,
            ..ImageHistoryResponseItem::default()
        }
    }

    /// `empty` of each entry, oldest first, of an answer that is newest first.
    fn marks(newest_first: &[(&str, i64)], layers: usize) -> Vec<Option<bool>> {
        let answer = newest_first.iter().map(|(text, size)| item(text, *size)).collect();
        entries(answer, layers).into_iter().map(|entry| entry.empty).collect()
    }

    #[test]
    fn entries_come_oldest_first() {
        let answer = vec![item("CMD [\"x\"]", 0), item("RUN x", 5), item("ADD file", 9)];
        let texts: Vec<_> = entries(answer, 2).into_iter().map(|entry| entry.created_by).collect();
        assert_eq!(texts, ["ADD file", "RUN x", "CMD [\"x\"]"]);
    }

    #[test]
    fn configuration_makes_no_layer_with_either_builder() {
        let answer =
            [("/bin/sh -c #(nop)  CMD [\"sh\"]", 0), ("ENV A=1", 0), ("ADD file:1 in / ", 10)];
        assert_eq!(marks(&answer, 1), [Some(false), Some(true), Some(true)]);
    }

    #[test]
    fn a_step_without_size_made_a_layer_when_the_layers_ask_for_all_of_them() {
        let answer = [("RUN true", 0), ("WORKDIR /a", 0), ("ADD file", 10)];
        assert_eq!(marks(&answer, 3), [Some(false); 3]);
    }

    #[test]
    fn a_step_without_size_made_none_when_the_layers_are_all_found() {
        let answer = [("/bin/sh -c true", 0), ("ADD file", 10)];
        assert_eq!(marks(&answer, 1), [Some(false), Some(true)]);
    }

    #[test]
    fn a_step_without_size_stays_open_when_the_layers_allow_both() {
        let answer = [("RUN true", 0), ("WORKDIR /a", 0), ("ADD file", 10)];
        assert_eq!(marks(&answer, 2), [Some(false), None, None]);
        assert_eq!(marks(&answer, 0), [Some(false), None, None]);
    }

    #[test]
    fn a_run_of_a_program_that_is_named_like_an_instruction_is_no_configuration() {
        assert!(!is_metadata("RUN ENV"));
        assert!(!is_metadata("/bin/sh -c ENV"));
        assert!(!is_metadata(""));
        assert!(is_metadata("/bin/sh -c #(nop) MAINTAINER x"));
    }

    #[test]
    fn a_time_before_1970_is_none() {
        let mut zero = item("x", 1);
        zero.created = -62_135_596_800;
        assert_eq!(entries(vec![zero], 1)[0].created, None);
    }
}
