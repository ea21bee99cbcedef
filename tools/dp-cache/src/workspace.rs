//! A private copy of a context: what a scenario changes is changed there, and
//! undone after the build.
//!
//! BuildKit knows a context by the name of its folder and sends only what changed there, so
//! all builds of a subject have one copy. Files keep their times, so that what was
//! undone is not sent again.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use dp_builds::observed::Built;
use dp_builds::subject::{BuildSubject, Rules, context_folder};
use dp_builds::{Entry, EntryKind};
use dp_dockerfile::ignore_files;
use dp_tool::{Fault, Mask};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::change::syntax;
use crate::manifest::{Difference, Manifest};
use crate::private_folder::PrivateFolder;
use crate::scenario::FileChange;

/// From so many bytes on files are hard links and no copies.
const LINKED: u64 = 50 << 20;

/// The copy of a subject's context. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Workspace {
    folder: PrivateFolder,
    /// The Dockerfile to build with.
    pub(crate) dockerfile: PathBuf,
    /// What there is to be undone.
    undo: Option<Undo>,
    /// Files of the user's own, as they were: the copy has links to them.
    linked: Vec<Entry>,
}

/// How a change is undone.
#[derive(Debug)]
enum Undo {
    /// This file comes back.
    Restore(PathBuf),
    /// This file and the folders made for it go.
    Remove(PathBuf),
    /// All of it is copied again.
    CopyAgain,
}

impl Workspace {
    /// Copies what `.dockerignore` leaves of the context, with the Dockerfile.
    /// `spare`: a command of the user will change it.
    ///
    /// # Errors
    /// Something cannot be read, or there is no room.
    pub(crate) fn copy(
        subject: &BuildSubject,
        entries: &[Entry],
        spare: bool,
    ) -> anyhow::Result<Self> {
        let bytes: u64 = entries.iter().map(|entry| entry.size).sum();
        // A command may write into a file, and a link is the user's own file.
        let links = bytes > LINKED && !spare;
        let original = context_folder(&subject.context)?;
        let folder = folder_for(&original, links)?;
        let linked = entries.iter().filter(|entry| links && entry.kind == EntryKind::File);
        let linked = linked.cloned().collect();
        let mut workspace = Self { folder, dockerfile: PathBuf::new(), undo: None, linked };
        let context = workspace.context();
        fs::create_dir(workspace.saved()).context("cannot make a folder for saved files")?;
        copy_all(&original, &context, entries, links)?;
        workspace.dockerfile = workspace.add_dockerfile(&original, &subject.dockerfile)?;
        if spare {
            let all = Manifest::entries(&context)?;
            fs::create_dir(workspace.spare()).context("cannot make a folder for a spare copy")?;
            copy_all(&context, &workspace.spare(), &all, false)?;
        }
        Ok(workspace)
    }

    /// The folder to build. BuildKit takes folders of one name for one context, so
    /// each has a name of its own.
    pub(crate) fn context(&self) -> PathBuf {
        self.folder.inner()
    }

    /// The subject as it is built here.
    pub(crate) fn subject(&self, user: &BuildSubject) -> BuildSubject {
        BuildSubject {
            context: self.context(),
            dockerfile: self.dockerfile.clone(),
            ..user.clone()
        }
    }

    fn saved(&self) -> PathBuf {
        self.folder.path().join("saved")
    }

    fn spare(&self) -> PathBuf {
        self.folder.path().join("spare")
    }

    /// The Dockerfile and the ignore files, which the client reads even where they
    /// are left out of the context themselves.
    fn add_dockerfile(&self, context: &Path, dockerfile: &Path) -> anyhow::Result<PathBuf> {
        let file = dockerfile
            .canonicalize()
            .with_context(|| format!("cannot read {}", dockerfile.display()))?;
        let [own, general] = ignore_files(&file, context);
        if let Ok(inside) = file.strip_prefix(context) {
            for path in
                [Some(inside), own.strip_prefix(context).ok(), Some(Path::new(".dockerignore"))]
                    .into_iter()
                    .flatten()
            {
                copy_missing(&context.join(path), &self.context().join(path))?;
            }
            return Ok(self.context().join(inside));
        }
        copy_missing(&general, &self.context().join(".dockerignore"))?;
        let beside = self.folder.path().join("dockerfile");
        fs::create_dir(&beside)?;
        for path in [&file, &own] {
            copy_missing(path, &beside.join(path.file_name().unwrap_or_default()))?;
        }
        Ok(beside.join(file.file_name().unwrap_or_default()))
    }

    /// Changes a file; `word` is one that no other build has. Answers how it
    /// differs now.
    ///
    /// # Errors
    /// It cannot be changed.
    pub(crate) fn change(
        &mut self,
        what: FileChange,
        path: &str,
        word: &str,
    ) -> anyhow::Result<Difference> {
        self.change_file(what, path, word)
            .with_context(|| format!("cannot change {path} in the copy of the context"))?;
        Ok(Difference { path: path.to_owned(), how: how(what).to_owned() })
    }

    /// To be called before a command of the user changes the copy, which must have a
    /// spare one.
    ///
    /// # Errors
    /// The copy cannot be read.
    pub(crate) fn before_command(&mut self) -> anyhow::Result<Manifest> {
        self.undo = Some(Undo::CopyAgain);
        Manifest::read(&self.context())
    }

    /// What differs since.
    ///
    /// # Errors
    /// The copy cannot be read.
    pub(crate) fn since(&self, before: &Manifest) -> anyhow::Result<Vec<Difference>> {
        Ok(before.differences(&Manifest::read(&self.context())?))
    }

    fn change_file(&mut self, what: FileChange, path: &str, word: &str) -> io::Result<()> {
        let file = self.context().join(path);
        let syntax = syntax::of(path).unwrap_or(syntax::Syntax::Blanks);
        if what == FileChange::Add {
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent)?;
            }
            self.undo = Some(Undo::Remove(file.clone()));
            return fs::write(&file, syntax.edited(&[], word));
        }
        // The file itself is kept, and a copy is changed: it may be a link to the
        // user's own.
        let saved = self.saved().join("file");
        fs::rename(&file, &saved)?;
        self.undo = Some(Undo::Restore(file.clone()));
        let mode = fs::symlink_metadata(&saved)?.permissions().mode();
        match what {
            FileChange::Delete => return Ok(()),
            FileChange::Edit => fs::write(&file, syntax.edited(&fs::read(&saved)?, word))?,
            FileChange::Append => {
                let mut content = fs::read(&saved)?;
                content.extend_from_slice(format!("{word}\n").as_bytes());
                fs::write(&file, content)?;
            }
            FileChange::Touch | FileChange::Chmod | FileChange::Add => {
                fs::copy(&saved, &file)?;
            }
        }
        let mode = if what == FileChange::Chmod { mode ^ 0o111 } else { mode };
        fs::set_permissions(&file, Permissions::from_mode(mode))
    }

    /// A build of what nobody else changed meanwhile: any other measures nothing. Not to be
    /// asked while a change is to be undone.
    pub(crate) fn unless_changed(&self, built: Built, mask: &Mask) -> Built {
        match self.changed_by_others() {
            Some(path) if built.run.succeeded => Built::refused(&mask.text(&format!(
                "{} changed while it was measured: a large build context is linked and not copied (leave it alone until the end, or measure a copy of it)",
                path.display()
            ))),
            _ => built,
        }
    }

    /// A file that somebody wrote into, and that changed here with it.
    fn changed_by_others(&self) -> Option<&Path> {
        let context = self.context();
        let changed = self.linked.iter().find(|entry| {
            let now = fs::symlink_metadata(context.join(&entry.path));
            now.is_ok_and(|now| !entry.is_still(&now))
        });
        changed.map(|entry| entry.path.as_path())
    }

    /// Undoes the change, if there was one.
    ///
    /// # Errors
    /// The copy cannot be restored.
    pub(crate) fn undo(&mut self) -> anyhow::Result<()> {
        let undone = match self.undo.take() {
            None => Ok(()),
            Some(Undo::Restore(file)) => fs::rename(self.saved().join("file"), file),
            Some(Undo::Remove(file)) => remove_with_folders(&file, &self.context()),
            Some(Undo::CopyAgain) => return self.copy_again(),
        };
        undone.context("cannot restore the copy of the context")
    }

    fn copy_again(&self) -> anyhow::Result<()> {
        fs::remove_dir_all(self.context()).context("cannot clear the copy of the context")?;
        fs::create_dir(self.context())?;
        copy_all(&self.spare(), &self.context(), &Manifest::entries(&self.spare())?, false)
    }
}

/// How a file differs, for records.
fn how(change: FileChange) -> &'static str {
    match change {
        FileChange::Edit | FileChange::Append => "content",
        FileChange::Touch => "time",
        FileChange::Chmod => "mode",
        FileChange::Delete => "deleted",
        FileChange::Add => "added",
    }
}

/// Whose ignore rules count.
pub(crate) const RULES: Rules = Rules::BuildKit;

/// A folder of ours; for links on the context's own file system, where that may be (else
/// files are copied).
fn folder_for(context: &Path, links: bool) -> anyhow::Result<PrivateFolder> {
    let folder = PrivateFolder::temporary()?;
    let device = |path: &Path| fs::metadata(path).map(|metadata| metadata.dev());
    if !links || device(folder.path())? == device(context)? {
        return Ok(folder);
    }
    Ok(PrivateFolder::beside(context).unwrap_or(folder))
}

/// Copies all entries of a folder, parents before what is in them.
fn copy_all(from: &Path, to: &Path, entries: &[Entry], links: bool) -> anyhow::Result<()> {
    let mut folders = Vec::new();
    for entry in entries {
        let (source, copy) = (from.join(&entry.path), to.join(&entry.path));
        match copy_one(entry, &source, &copy, links) {
            // What has gone since it was listed is not there for a build either.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let shown = entry.path.display();
                let way_out = match error.kind() {
                    io::ErrorKind::StorageFull => "set TMPDIR to a folder with room",
                    _ => "mend its rights, or leave it out by .dockerignore",
                };
                let message =
                    format!("cannot copy {shown} of the build context: {error} ({way_out})");
                return Err(Fault::usage(message).into());
            }
            Ok(()) if entry.kind == EntryKind::Folder => folders.push((copy, entry.mode)),
            Ok(()) => {}
        }
    }
    // A folder without the right to write takes it from what is in it: last.
    for (folder, mode) in folders.into_iter().rev() {
        fs::set_permissions(folder, Permissions::from_mode(mode))?;
    }
    Ok(())
}

fn copy_one(entry: &Entry, source: &Path, copy: &Path, links: bool) -> io::Result<()> {
    match entry.kind {
        EntryKind::Folder => fs::create_dir(copy),
        EntryKind::Symlink => symlink(fs::read_link(source)?, copy),
        EntryKind::File if links && fs::hard_link(source, copy).is_ok() => Ok(()),
        EntryKind::File => copy_file(source, copy, entry),
        EntryKind::Fifo => {
            Ok(mknodat(CWD, copy, FileType::Fifo, Mode::from_raw_mode(entry.mode), 0)?)
        }
        // Docker does not send them.
        EntryKind::Socket => Ok(()),
        EntryKind::CharDevice | EntryKind::BlockDevice => Err(io::Error::other("it is a device")),
    }
}

fn copy_file(source: &Path, copy: &Path, entry: &Entry) -> io::Result<()> {
    fs::copy(source, copy)?;
    let since = Duration::from_nanos(entry.modified.unsigned_abs());
    let time = if entry.modified < 0 {
        SystemTime::UNIX_EPOCH - since
    } else {
        SystemTime::UNIX_EPOCH + since
    };
    // A file without the right to write can have its time set by its owner.
    File::open(copy)?.set_modified(time)
}

/// Copies a file that is not there yet, if there is one.
fn copy_missing(source: &Path, copy: &Path) -> anyhow::Result<()> {
    if !source.is_file() || copy.symlink_metadata().is_ok() {
        return Ok(());
    }
    if let Some(parent) = copy.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::copy(source, copy).with_context(|| format!("cannot copy {}", source.display()))?;
    Ok(())
}

/// Removes a file, and the folders above it that are empty then.
fn remove_with_folders(file: &Path, top: &Path) -> io::Result<()> {
    fs::remove_file(file)?;
    let mut folder = file.parent();
    while let Some(path) = folder.filter(|path| *path != top && fs::remove_dir(path).is_ok()) {
        folder = path.parent();
    }
    Ok(())
}

#[cfg(test)]
mod tests;
