//! The layers of an image, each with the instruction that made it.

use dp_dockerfile::Dockerfile;
use dp_engine::image::HistoryEntry;

use crate::history::instruction;
use crate::history_secrets;
use crate::lines::locate;

/// What made a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LayerSource {
    /// Digest of the uncompressed layer.
    pub(crate) digest: String,
    /// The instruction: the Dockerfile's own text where its line is known, else
    /// what the history says. Absent where the history does not say which of its
    /// entries made the layer.
    pub(crate) instruction: Option<String>,
    /// Its line in the Dockerfile.
    pub(crate) line: Option<u64>,
    /// The layer's size as the engine says.
    pub(crate) engine_bytes: Option<u64>,
}

/// The Dockerfile that an image was built from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuildFile<'f> {
    /// The file.
    pub(crate) file: &'f Dockerfile,
    /// Its path, as records write it.
    pub(crate) path: &'f str,
    /// The stage that was built; none for the last one.
    pub(crate) target: Option<&'f str>,
}

/// What made each layer, lowest first. Where the history does not say which of its
/// entries made a layer, no layer has an instruction: none is better than a wrong
/// one.
pub(crate) fn layer_sources(
    diff_ids: &[String],
    history: &[HistoryEntry],
    build_file: Option<BuildFile<'_>>,
) -> Vec<LayerSource> {
    let lines = match build_file {
        Some(build_file) => locate(build_file.file, build_file.target, history),
        None => vec![None; history.len()],
    };
    let entries: Vec<_> =
        history.iter().zip(lines).filter(|(entry, _)| entry.empty == Some(false)).collect();
    let is_known = entries.len() == diff_ids.len();
    let mask = history_secrets::mask(history);
    let layer_source = |(at, digest): (usize, &String)| {
        let Some((entry, line)) = entries.get(at).filter(|_| is_known) else {
            return LayerSource { digest: digest.clone(), ..LayerSource::default() };
        };
        let text = match line {
            Some(written) => written.text.clone(),
            None => mask.text(&instruction(&entry.created_by, &entry.comment)),
        };
        LayerSource {
            digest: digest.clone(),
            instruction: Some(text),
            line: line.map(|written| written.line as u64),
            engine_bytes: Some(entry.size_bytes),
        }
    };
    diff_ids.iter().enumerate().map(layer_source).collect()
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
        let layer_sources = layer_sources(&digests(2), &history, None);
        assert_eq!(layer_sources[0].instruction.as_deref(), Some("COPY . ."));
        assert_eq!(layer_sources[0].engine_bytes, Some(10));
        assert_eq!(layer_sources[1].instruction.as_deref(), Some("RUN true"));
    }

    #[test]
    fn where_the_history_is_unclear_no_layer_has_an_instruction() {
        let history = [
            entry("COPY . .", 10, Some(false)),
            entry("WORKDIR /app", 0, None),
            entry("RUN /bin/sh -c true", 0, None),
        ];
        let layer_sources = layer_sources(&digests(2), &history, None);
        let unknown = |layer_source: &LayerSource| {
            layer_source.instruction.is_none() && layer_source.engine_bytes.is_none()
        };
        assert!(layer_sources.iter().all(unknown));
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
        let layer_sources = layer_sources(
            &digests(3),
            &history,
            Some(BuildFile { file: &file, path: "Dockerfile", target: None }),
        );
        let lines: Vec<_> = layer_sources.iter().map(|layer_source| layer_source.line).collect();
        assert_eq!(lines, [None, Some(2), Some(4)]);
        assert_eq!(layer_sources[1].instruction.as_deref(), Some("COPY --chown=1 . ."));
    }
}
