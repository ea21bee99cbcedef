//! `--cache-to SPEC --cache-from SPEC CONTEXT`: what a cache that is kept elsewhere (in a
//! registry, in a folder, in the image itself) costs and saves.
//!
//! ```text
//! plain:  a build that exports nothing      what a build costs without it
//! export: the same, with --cache-to         what the export costs
//! import: the same, with --cache-from       what the import costs, and saves
//! ```
//!
//! **What is measured.** In every round each subject is built in these three ways. Each build is on
//! an engine cache that knows nothing of the others: what a build added to it is removed before the
//! next one begins, cache mounts too. `saved_seconds` is the wall time of the plain build less that
//! of the import of the same round: all that an import costs (asking, fetching and unpacking its
//! layers, the image) is in it. `cache_export_seconds` and `cache_import_seconds` are the builder's
//! own account ([`dp_builds::CacheTransfers`]) by the engine's clock. `cache_export_bytes` is the size
//! of what was exported: the blobs that the manifest in the registry names, the files in the folder,
//! the words in the image's configuration. `pays_after_builds` is how many imports save as much as
//! the one export cost: both of the same round, rounded up; none if an import saves nothing.
//!
//! **What could be wrong.** The engine's own cache could answer in place of the imported one: the
//! user has mostly built this very thing. `--no-cache` does not help, since it ignores imported
//! results as well. So every build has one more host name (`--add-host`), which nobody resolves but
//! which is part of the cache key of each RUN, and with that of all that rests on one: neither does
//! the user's cache answer them, nor do they ever answer the user's builds. A COPY before the first
//! RUN has the key that it always had. If the user's cache answers that, then in all three builds
//! alike, neither its time nor its layer is in any figure, and the record says so
//! (`detail.transfer.limits`). Where records of an export could not be removed, the record of
//! the import says that too.
//! Nor may the layers of an image that an earlier build made stand in for those that an import
//! fetches: each image goes before the next build, but for one with an inline cache, which has to
//! be there. What it would take to pull that is in no figure, and the record says so.
//! With `--cache-from` alone the cache is another's, made without that host name: then the builds
//! have none either, and what the engine's own cache answers is not counted in the same way.
//!
//! **What is left behind.** Nothing on the engine. A folder is never written to: its private
//! neighbour is, and goes. A cache in a registry may be one that others use, and a cache made
//! here is of no use to them. So a reference that is there already is refused before anything is
//! built, and what is exported to the one that was named stays there, since dp cannot remove it
//! from every registry: the last line on stderr says so.
//!
//! On the containerd image store it is refused where the removal would cost the user cached steps
//! ([`dp_builds::backend::check_undoing`]).

mod batch;
mod place;
mod plan;
mod record;
mod registry;

pub(crate) use batch::run;
pub(crate) use place::check_more;
