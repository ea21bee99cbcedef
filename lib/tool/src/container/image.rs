//! An image that containers are started of.

use dp_engine::EngineError;

use crate::{Mask, Session, is_telling};

/// An image that was found.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its id. Asked for once: a name may mean another image later.
    pub id: String,
    /// Hides the values of its own variables with telling names, which a
    /// container may write.
    pub mask: Mask,
}

impl Image {
    /// Finds it by name or id.
    ///
    /// # Errors
    /// There is none, or the engine is lost.
    pub async fn find(session: &Session, name: &str) -> Result<Self, EngineError> {
        let image = session.engine.inspect(name).await?;
        let variables = image.env.iter().filter_map(|variable| variable.split_once('='));
        let telling = variables.filter(|(name, _)| is_telling(name));
        let mask = Mask::new(telling.map(|(_, value)| value.to_owned()));
        Ok(Self { id: image.id, mask })
    }
}
