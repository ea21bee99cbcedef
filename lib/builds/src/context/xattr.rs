//! Extended attributes, such as the capabilities of a program.

use std::path::Path;

use rustix::fs::{lgetxattr, llistxattr};
use rustix::io::Errno;

use super::error::ContextError;

/// Name and value.
pub(crate) type Xattr = (Vec<u8>, Vec<u8>);

/// The attributes of `folder/path`, sorted by name. A file system without any has
/// none.
pub(crate) fn xattrs(folder: &Path, path: &Path) -> Result<Vec<Xattr>, ContextError> {
    let full = folder.join(path);
    let names = match grow(|buffer| llistxattr(&full, buffer)) {
        Ok(names) => names,
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        Err(error) => return Err(ContextError::read(path, error.into())),
    };
    let names = names.split(|&byte| byte == 0).filter(|name| !name.is_empty());
    // One that we may not read is not there for us.
    let value = |name: &[u8]| grow(|buffer| lgetxattr(&full, name, buffer)).ok();
    let mut found: Vec<Xattr> =
        names.filter_map(|name| Some((name.to_vec(), value(name)?))).collect();
    found.sort_unstable();
    Ok(found)
}

/// Most attributes are small, and most files have none.
const ROOM: usize = 256;
/// Linux allows no more.
const MOST: usize = 64 << 10;

/// Calls with a buffer that is large enough.
fn grow(call: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; ROOM];
    loop {
        match call(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(Errno::RANGE) if buffer.len() < MOST => buffer.resize(MOST, 0),
            Err(error) => return Err(error),
        }
    }
}
