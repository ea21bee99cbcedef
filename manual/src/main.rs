//! `dp-manual PREFIX` writes the pages and completions below `PREFIX/share`.

use std::io::{Error, Result};
use std::path::Path;

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(prefix), None) => dp_manual::write(Path::new(&prefix)),
        _ => Err(Error::other("usage: dp-manual PREFIX")),
    }
}
