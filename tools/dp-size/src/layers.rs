//! The layers of an image, each with the instruction that made it.

use dp_dockerfile::Dockerfile;
use dp_engine::image::HistoryEntry;

use crate::given;
use crate::history::instruction;
use crate::lines::locate;

/// What made a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Maker {
    /// Digest of the uncompressed layer.
    pub(crate) digest: String,
    /// The instruction: the Dockerfile's own text where its line is known, else
    /// what the history says. Absent where the history does not tell which of
    /// its entries made the layer.
    pub(crate) instruction: Option<String>,
    /// The line of the Dockerfile.
    pub(crate) line: Option<usize>,
    /// The layer's size as the engine says.
    pub(crate) engine_bytes: Option<u64>,
}

/// The Dockerfile that an image was built from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'f> {
    /// The file.
    pub(crate) file: &'f Dockerfile,
    /// The stage; the last one without.
    pub(crate) target: Option<&'f str>,
}

/// The makers of the layers, lowest first. Where the history does not tell
/// which entries made a layer, they stay without instruction: none is better
/// than a wrong one.
pub(crate) fn makers(
    diff_ids: &[String],
    history: &[HistoryEntry],
    origin: Option<Origin<'_>>,
) -> Vec<Maker> {
    let lines = match origin {
        Some(origin) => locate(origin.file, origin.target, history),
        None => vec![None; history.len()],
    };
    let entries: Vec<_> =
        history.iter().zip(lines).filter(|(entry, _)| entry.empty == Some(false)).collect();
    let told = entries.len() == diff_ids.len();
    let mask = given::mask(history);
    let maker = |(at, digest): (usize, &String)| {
        let Some((entry, line)) = entries.get(at).filter(|_| told) else {
            return Maker { digest: digest.clone(), ..Maker::default() };
        };
        let text = match line {
            Some(written) => written.text.clone(),
            None => mask.text(&instruction(&entry.created_by, &entry.comment)),
        };
        Maker {
            digest: digest.clone(),
            instruction: Some(text),
            line: line.map(|written| written.line),
            engine_bytes: Some(entry.size_bytes),
        }
    };
    diff_ids.iter().enumerate().map(maker).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(layers: usize) -> Vec<String> {
        (0..layers).map(|at| format!("sha256:{at}")).collect()
    }

    fn entry(created_by: &str, size_bytes: u64, empty: Option<bool>) -> HistoryEntry {
        HistoryEntry {
            created_by: created_by.to_owned(),
            size_bytes,
            empty,
            ..HistoryEntry::default()
        }
    }

    #[test]
    fn each_layer_has_its_instruction() {
        let history = [
            entry("COPY . .", 10, Some(false)),
            entry("ENV A=b", 0, Some(true)),
            entry("RUN /bin/sh -c true # buildkit", 0, Some(false)),
        ];
        let makers = makers(&digests(2), &history, None);
        assert_eq!(makers[0].instruction.as_deref(), Some("COPY . ."));
        assert_eq!(makers[0].engine_bytes, Some(10));
        assert_eq!(makers[1].instruction.as_deref(), Some("RUN true"));
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let history = [
            entry("COPY . .", 10, Some(false)),
            entry("WORKDIR /app", 0, None),
            entry("RUN /bin/sh -c true", 0, None),
        ];
        let makers = makers(&digests(2), &history, None);
        let untold = |maker: &Maker| maker.instruction.is_none() && maker.engine_bytes.is_none();
        assert!(makers.iter().all(untold));
    }

    #[test]
    fn with_its_dockerfile_a_layer_has_its_line_and_its_own_text() {
        let file =
            Dockerfile::parse("FROM base\nCOPY --chown=1 . .\nENV A=b\nRUN make \\\n  all\n");
        let history = [
            entry("ADD file", 10, Some(false)),
            entry("COPY . . # buildkit", 10, Some(false)),
            entry("ENV A=b", 0, Some(true)),
            entry("RUN /bin/sh -c make   all # buildkit", 0, Some(false)),
        ];
        let makers = makers(&digests(3), &history, Some(Origin { file: &file, target: None }));
        let lines: Vec<_> = makers.iter().map(|maker| maker.line).collect();
        assert_eq!(lines, [None, Some(2), Some(4)]);
        assert_eq!(makers[1].instruction.as_deref(), Some("COPY --chown=1 . ."));
    }
}
