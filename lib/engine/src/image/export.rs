//! The content of an image as one stream: what `docker save` writes.

use bollard::errors::Error;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};

use crate::connect::Engine;
use crate::error::EngineError;

impl Engine {
    /// The tar that `docker save` would write of this image, by its id (a name may mean another
    /// image by now). The engine stages it first, on its own disk: the first bytes of a large
    /// image may take many seconds. Dropping the stream ends the export.
    ///
    /// # Errors
    /// Each item may be an error, the last one then: no such image, the engine refuses, or the
    /// connection breaks.
    pub fn export(
        &self,
        id: &str,
    ) -> impl Stream<Item = Result<Bytes, EngineError>> + Unpin + use<> {
        let (engine, id) = (self.clone(), id.to_owned());
        let stream = self.docker().export_image(&id);
        stream.map(move |piece| piece.map_err(|error| engine.export_failed(&id, &error)))
    }

    fn export_failed(&self, id: &str, error: &Error) -> EngineError {
        match error {
            // 20.10 says so, where newer engines say 404.
            Error::DockerResponseServerError { status_code: 500, message }
                if message.starts_with("failed to get digest ") =>
            {
                EngineError::NoSuchImage { reference: id.to_owned() }
            }
            error => self.image_failed(id, "exporting", error),
        }
    }
}
