//! Finds the base of an image among the images of an engine.

use dp_engine::{Engine, EngineError, ErrorKind};

use super::{BaseError, FoundBase, Hint, check_named, choose, without_digest};

/// Why the base cannot be found out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The engine did not answer as it should.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The base that the user named does not exist, or is another one.
    #[error(transparent)]
    Base(#[from] BaseError),
}

/// The base of the image of these layers: the one that the user named, otherwise
/// the one that a hint names. Nothing is pulled.
///
/// # Errors
/// The engine fails, or the base that the user named is not that of the image.
pub(crate) async fn ask(
    engine: &Engine,
    option: Option<&str>,
    hints: Vec<Hint>,
    image: &str,
    of_image: &[String],
) -> Result<FoundBase, AskError> {
    if let Some(base) = option {
        let layers = layers(engine, base).await?;
        let missing = || BaseError::Missing { base: base.to_owned(), way_out: "pull it first" };
        let layers = layers.ok_or_else(missing)?;
        return Ok(check_named(base, &layers, image, of_image)?.into());
    }
    let mut found = Vec::new();
    for hint in hints {
        let layers =
            if hint.is_scratch() { Some(Vec::new()) } else { layers(engine, &hint.image).await? };
        found.push((hint, layers));
    }
    Ok(choose(&found, of_image))
}

/// The layers of the image of this name, if the engine has it. Images that were
/// never pulled are not known by a digest.
async fn layers(engine: &Engine, name: &str) -> Result<Option<Vec<String>>, EngineError> {
    for name in [name, without_digest(name)] {
        match engine.inspect(name).await {
            Ok(image) => return Ok(Some(image.diff_ids)),
            Err(error) if matches!(error.kind(), ErrorKind::NoSuchImage | ErrorKind::Usage) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
