//! What is written, and where it goes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use dp_tool::{Exit, Fault, Io, Stop};

use crate::render::Format;
use crate::render::screen::Screen;
use crate::report::Report;
use crate::template::Template;

/// What is written, and where it goes.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) form: Form,
    pub(crate) destination: Destination,
}

/// How the report is written.
#[derive(Debug)]
pub(crate) enum Form {
    /// In a format of ours.
    Format(&'static Format),
    /// By a template of the user's.
    Template(Template),
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
}

/// Writes the report in all forms; `screen` is what stdout can show. What cannot
/// be written does not keep the others from it, but a signal does. Answers what
/// could not be written, and why.
pub(crate) fn write_all(
    outputs: &[Output],
    report: &Report,
    screen: &Screen,
    io: &mut Io<'_>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    // A signal that came before ended the input; the report on what came is wanted.
    let stop = (!io.stop.is_set()).then(|| io.stop.clone());
    for output in outputs {
        let written = output.write(report, screen, stop.as_ref(), io.stdout);
        let Err(error) = written else { continue };
        let exit = Fault::exit_of(&error);
        faults.push(Fault { exit, message: format!("{error:#}") });
        if exit == Exit::Interrupted {
            break;
        }
    }
    faults
}

impl Output {
    fn write(
        &self,
        report: &Report,
        screen: &Screen,
        stop: Option<&Stop>,
        stdout: &mut dyn Write,
    ) -> anyhow::Result<()> {
        match &self.destination {
            Destination::Stdout => print(stdout, &self.form.render(report, screen, stop)?),
            Destination::File(path) => {
                let text = self.form.render(report, &Screen::default(), stop)?;
                Ok(write_file(path, &text)?)
            }
        }
    }
}

/// Replaces a file by this text.
///
/// # Errors
/// [`Fault`] with the path.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Fault> {
    replace(path, text)
        .map_err(|error| Fault::usage(format!("{}: cannot write: {error}", path.display())))
}

impl Form {
    /// Whether single runs are drawn in it.
    pub(crate) fn draws_runs(&self) -> bool {
        matches!(self, Self::Format(format) if format.draws_runs())
    }

    fn render(
        &self,
        report: &Report,
        screen: &Screen,
        stop: Option<&Stop>,
    ) -> anyhow::Result<String> {
        match self {
            Self::Format(format) => (format.render)(report, screen),
            Self::Template(template) => Ok(template.fill(report, stop)?),
        }
    }
}

/// Writes to stdout. A reader that went away changes nothing about the answer.
pub(crate) fn print(stdout: &mut dyn Write, text: &str) -> anyhow::Result<()> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write the report to stdout"),
    }
}

/// Replaces a file so that no reader sees half of it: the text goes into a new
/// file in the same folder, which then takes its name. What is no plain file (a
/// pipe, a terminal, a link) is written as it is.
///
/// # Errors
/// Those of the file system; the new file is removed again.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let replaceable = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.is_file(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !replaceable {
        return fs::write(path, text);
    }
    let new = temporary_name(path);
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

/// A name that collectors of `*.prom` files do not take.
fn temporary_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_no_other_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dp.prom");
        fs::write(&path, "old").unwrap();
        let reader = fs::File::open(&path).unwrap();
        replace(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        // Who had opened the old file still reads all of it.
        assert_eq!(io::read_to_string(reader).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(replace(&folder.path().join("no/where"), "x").is_err());
    }
}
