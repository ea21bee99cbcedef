//! The TLS files of a plain host.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::EngineError;

/// Checks that the files are there which the docker CLI reads as soon as the environment asks for
/// TLS: even for a Unix socket, which uses none, it fails without ca.pem.
pub(super) fn check(folder: &Path) -> Result<(), EngineError> {
    readable(&folder.join("ca.pem"))?;
    for optional in ["cert.pem", "key.pem"] {
        let path = folder.join(optional);
        if !matches!(fs::metadata(&path), Err(error) if error.kind() == ErrorKind::NotFound) {
            readable(&path)?;
        }
    }
    Ok(())
}

fn readable(path: &Path) -> Result<(), EngineError> {
    fs::read(path).map(drop).map_err(|error| EngineError::TlsFile {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}
