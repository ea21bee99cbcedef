//! Where the context and the Dockerfile of a build are.

use std::env;
use std::path::{Path, PathBuf};

use dp_tool::Fault;

/// The context as an absolute path; it must be a folder.
///
/// # Errors
/// It is no local folder, or cannot be read.
pub fn context_folder(path: &Path) -> anyhow::Result<PathBuf> {
    let shown = path.display();
    if path == Path::new("-") {
        let message =
            "a context from stdin can be read only once: unpack it into a folder, and give that";
        return Err(Fault::usage(message).into());
    }
    check_local(path)?;
    let absolute = path
        .canonicalize()
        .map_err(|error| Fault::usage(format!("cannot read the build context {shown}: {error}")))?;
    if !absolute.is_dir() {
        return Err(Fault::usage(format!("the build context {shown} is no folder")).into());
    }
    Ok(absolute)
}

/// Refuses a context that is an address.
///
/// # Errors
/// It is one.
pub fn check_local(context: &Path) -> Result<(), Fault> {
    if !context.to_str().is_some_and(is_remote) {
        return Ok(());
    }
    Err(Fault::usage(format!(
        "{} is no local folder: clone it first, so that its transfer is not measured as a build",
        context.display()
    )))
}

fn is_remote(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// The Dockerfile as docker finds it: relative to the current folder, else to
/// the context; `Dockerfile` of the context without --file.
///
/// # Errors
/// There is none.
pub(super) fn dockerfile_path(file: Option<&Path>, context: &Path) -> anyhow::Result<PathBuf> {
    let Some(file) = file else {
        let implied = context.join("Dockerfile");
        if implied.is_file() {
            return Ok(implied);
        }
        return Err(Fault::usage(format!(
            "no Dockerfile in {}: give one with --file",
            context.display()
        ))
        .into());
    };
    if file == Path::new("-") {
        return Err(Fault::usage(
            "a Dockerfile from stdin can be read only once: save it, and give its path",
        )
        .into());
    }
    let candidates = [env::current_dir()?.join(file), context.join(file)];
    match candidates.iter().position(|path| path.is_file()) {
        Some(0) => Ok(file.to_owned()),
        Some(_) => Ok(context.join(file)),
        None => Err(Fault::usage(format!(
            "no such Dockerfile: {} (neither here nor in {})",
            file.display(),
            context.display()
        ))
        .into()),
    }
}
