//! The engine's build cache: what is in it, and how to take out exactly what a measurement put in.
//!
//! A cold measurement builds without cache in a cache-mount namespace of its own. That leaves
//! records behind which would answer the user's next build, with another image than before.
//! [`BuildCache::snapshot`] is taken before, [`OwnBuilds`] says what the measurement ran, and
//! [`BuildCache::remove_made_since`] removes the records that are new and its own.
//!
//! Nothing here can remove a record that it does not name: a prune request cannot be made without
//! ids, and records whose owner cannot be told stay, and are reported ([`LeftReason`]). With the
//! containerd image store a removal may cost the user more than what is removed: then nothing is
//! (`forgotten.rs`).
//!
//! # Whose is a record?
//!
//! The engine does not say which build made a record, and the user may build while we measure. What
//! can be used is what a record says of itself (its description, its parents, when it was made,
//! whether it is in use) and what we know of our own builds (the names of the vertexes that ran, and
//! what each rests on). A wrong "ours" destroys somebody's cache, a wrong "not ours" leaves a few
//! bytes behind: so a rule may say "ours" only where another build cannot have left the same.
//!
//! An example. We measured this Dockerfile, cold, from second 10 to second 20:
//!
//! ```text
//! [internal] load build definition from Dockerfile      reads the Dockerfile
//! [internal] load .dockerignore
//! [internal] load build context
//! [2/4] RUN --mount=type=cache,target=/c make deps
//! [3/4] COPY . /app
//! [4/4] RUN make app
//! ```
//!
//! Meanwhile somebody built another Dockerfile on the same base: `COPY` and `RUN` with a cache
//! mount. Docker 20.10 then lists, in addition to what was there before (the base):
//!
//! ```text
//! id  parent  description                                         owner    by rule
//! s1  -       local source for dockerfile                         unknown  -
//! s2  -       local source for context                            unknown  -
//! s3  -       local source for context                            unknown  -
//! m1  -       cached mount /c from exec /bin/sh -c make deps      ours     2
//! r1  base    mount / from exec /bin/sh -c make deps              ours     2
//! c1  r1      fileop target                                       ours     3
//! r2  c1      mount / from exec /bin/sh -c make app               ours     2
//! x1  base    fileop target                                       theirs   3
//! x2  x1      mount / from exec /bin/sh -c make other             theirs   2
//! x3  -       cached mount /c from exec /bin/sh -c make other     theirs   2
//! ```
//!
//! So m1, r1, c1 and r2 are removed, and s1, s2 and s3 are reported as left. These are the rules,
//! in the order in which they are asked (each decides only what is unknown until then):
//!
//! 1. **Time** (`attribution.rs`). What was listed in the snapshot is nobody's business, and so is
//!    what was made before it under an id that is new (the engine renames files that a client sent).
//!    What was made long after our last vertex ended is theirs; so is what is still in use then,
//!    unless its description says that it is ours.
//! 2. **Description** (`claims.rs`, with `origin.rs`, `step.rs` and `command.rs`). A record that
//!    names a command, a vertex or an address is ours if a vertex of ours ran that can have left it,
//!    and theirs if none did. One vertex leaves at most one record of each sort: if more records
//!    claim to be of `RUN make deps` than we ran such steps, somebody else ran it too, and each of
//!    them stays unknown. Where the engine writes the id of a cache mount, our namespace decides
//!    alone.
//! 3. **Lineage** (`lineage.rs`). A record rests on its parents, and a build goes on where it left
//!    off: c1 is ours since r2, which is ours, rests on it; x1 is theirs since x2 rests on it. What
//!    both builds rest on counts as theirs: it cannot go as long as theirs needs it. What rests on a
//!    record of ours is ours if we ran as many such steps there. And unless the two builds shared a
//!    step, what rests on theirs is theirs.
//! 4. **Nobody else built** (`attribution.rs`). If no record is certainly theirs, and there are no
//!    more nameless records (`fileop target`, `local source`) than we ran vertexes that leave such,
//!    all that is unknown is ours. Here x2 is theirs, so this rule says nothing.
//! 5. **Count** (`attribution.rs`), where rule 4 says nothing. A last COPY right on a base has
//!    neither a name nor children. If exactly as many such records are left as we ran such steps,
//!    another build's have been told apart, and these are ours. Then rule 3 is asked once more.
//!
//! `attribution/tests.rs` holds this example and some thirty others, each with its true owners.

mod attribution;
mod claims;
mod command;
mod forgotten;
mod lineage;
mod list;
mod mounts;
mod origin;
mod own_builds;
mod owner;
mod prune;
mod record;
mod remove;
mod snapshot;
mod step;

pub use mounts::OwnMount;
pub use own_builds::{ConcurrentBuilds, ExecutedVertex, OwnBuilds};
pub use record::{CacheRecord, RecordKind};
pub use remove::{LeftReason, Removal};
pub use snapshot::{BuildCache, CacheSnapshot};
