//! An archive that comes as one stream.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use super::blobs::{Blobs, MOST_TEXT, clean};
use super::expanded::read_to_end;
use super::layer::{self, ArchivedLayer, LayerError};
use super::limit::Limited;
use super::sniff::{Format, expand, sniff};
use super::tar::{Entry, Kind, Tar, TarError, is_end};
use super::{ArchiveError, OnLayer};
use crate::content::ContentRequests;
use crate::tree::Paths;

/// Most bytes of all JSON texts together. Attestations may be large, and nothing
/// here needs them.
const MOST_TEXTS: u64 = 1 << 24;

/// Most links that lead from one name to another.
const MOST_LINKS: usize = 8;

/// All members of an archive that may matter.
pub(super) struct Stream<'c> {
    requests: ContentRequests,
    on_layer: OnLayer<'c>,
    paths: Paths,
    members: HashMap<String, Member>,
    text_bytes: u64,
}

/// One member.
struct Member {
    /// Bytes that it takes in the archive.
    stored: u64,
    content: MemberContent,
}

enum MemberContent {
    Text(Vec<u8>),
    Layer(Result<ArchivedLayer, LayerError>),
    /// Another name (so engines up to 24 store a repeated layer).
    Link(String),
    /// Nothing that is needed.
    Other,
}

impl<'c> Stream<'c> {
    /// Reads the stream to the end of its tar; a compressed one to its own end, where its
    /// checksum is.
    pub(super) fn read(
        input: &mut dyn BufRead,
        requests: ContentRequests,
        on_layer: OnLayer<'c>,
    ) -> Result<Self, ArchiveError> {
        let (format, input) = sniff(input)?;
        let is_compressed = matches!(format, Format::Gzip | Format::Zstd);
        let mut tar = match format {
            Format::Tar => Tar::new(expand(format, input)?),
            Format::Gzip | Format::Zstd => {
                let expanded = expand(format, input)?;
                Tar::new(Box::new(Limited::new(expanded)) as Box<dyn BufRead + '_>)
            }
            Format::Foreign(name) => return Err(not_an_archive(&format!("compressed by {name}"))),
            Format::Json => return Err(not_an_archive("JSON")),
            Format::Other => return Err(not_an_archive("something else")),
        };
        let mut stream = Self {
            requests,
            on_layer,
            paths: Paths::default(),
            members: HashMap::new(),
            text_bytes: 0,
        };
        while let Some(entry) = tar.next()? {
            stream.add(&entry, &mut tar)?;
        }
        if is_compressed {
            read_to_end(&mut tar.into_input())?;
        }
        Ok(stream)
    }

    fn add<R: BufRead>(&mut self, entry: &Entry, tar: &mut Tar<R>) -> Result<(), ArchiveError> {
        let Some(name) = clean(&String::from_utf8_lossy(&entry.name)) else { return Ok(()) };
        let content = match entry.kind {
            Kind::File => self.content(entry.size, &mut tar.content()),
            Kind::Symlink => Ok(MemberContent::Link(link_target(&name, &entry.link))),
            Kind::HardLink => Ok(MemberContent::Link(link_target("", &entry.link))),
            Kind::Directory | Kind::Device | Kind::Fifo => return Ok(()),
        };
        let content = content.map_err(|error| truncated(error, &name, tar.position()))?;
        self.members.insert(name, Member { stored: entry.size, content });
        Ok(())
    }

    /// Reads a member according to what its bytes are. Only errors of the outer
    /// stream are errors here: what looks like a layer need not be one.
    fn content(&mut self, size: u64, input: &mut dyn BufRead) -> io::Result<MemberContent> {
        let (format, mut input) = sniff(input)?;
        match format {
            Format::Tar | Format::Gzip | Format::Zstd | Format::Foreign(_) => {
                let layer = layer::read(&mut input, &mut self.paths, &mut self.requests);
                (self.on_layer)();
                // The layer ends where its own tar ends. Whether the stream goes
                // on is noticed when the rest of the member is skipped.
                Ok(MemberContent::Layer(layer))
            }
            Format::Json if size <= MOST_TEXT && self.text_bytes + size <= MOST_TEXTS => {
                let mut text = Vec::new();
                input.read_to_end(&mut text)?;
                self.text_bytes += size;
                Ok(MemberContent::Text(text))
            }
            Format::Json | Format::Other => Ok(MemberContent::Other),
        }
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.members.get(&self.target(name))
    }
}

impl Blobs for Stream<'_> {
    fn text(&self, name: &str) -> Result<Option<Vec<u8>>, ArchiveError> {
        match self.member(name).map(|member| &member.content) {
            None => Ok(None),
            Some(MemberContent::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ArchiveError::BadText {
                member: name.to_owned(),
                reason: "it is no JSON, or too much of it".to_owned(),
            }),
        }
    }

    fn target(&self, name: &str) -> String {
        let mut name = clean(name).unwrap_or_default();
        for _ in 0..MOST_LINKS {
            match self.members.get(&name).map(|member| &member.content) {
                Some(MemberContent::Link(target)) => name.clone_from(target),
                _ => break,
            }
        }
        name
    }

    fn stored(&self, name: &str) -> Option<u64> {
        self.member(name).map(|member| member.stored)
    }

    fn take_layer(&mut self, name: &str) -> Result<ArchivedLayer, ArchiveError> {
        let member = || name.to_owned();
        let target = self.target(name);
        let Some(found) = self.members.remove(&target) else {
            return Err(ArchiveError::Missing { member: member() });
        };
        let layer = match found.content {
            MemberContent::Layer(layer) => layer,
            _ => Err(LayerError::NotATar),
        };
        layer.map_err(|source| ArchiveError::Layer { member: member(), source })
    }

    fn into_paths(self) -> Paths {
        self.paths
    }
}

/// The name that a link at `name` leads to.
fn link_target(name: &str, link: &[u8]) -> String {
    let link = String::from_utf8_lossy(link);
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    clean(&format!("{folder}/{link}")).unwrap_or_default()
}

/// The end of the stream within a member, reported like any other truncation.
fn truncated(error: io::Error, name: &str, at: u64) -> ArchiveError {
    if is_end(&error) {
        return TarError::Truncated { at, inside: name.to_owned() }.into();
    }
    error.into()
}

fn not_an_archive(what: &str) -> ArchiveError {
    ArchiveError::NotAnArchive { what: what.to_owned() }
}
