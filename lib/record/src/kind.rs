//! The kinds of records that dp's own tools write. Readers pass on others.

/// Hands a row for each kind to a macro: the name of its constant and its word,
/// its variant of [`Detail`](crate::Detail), the type of that detail, and how
/// that is had of a record.
macro_rules! with_kinds {
    ($then:ident) => {
        $then! {
            /// Opens a batch: the ground that it was measured on, and its plan.
            ENV "env" Env EnvDetail env_detail,
            /// One build.
            BUILD "build" Build BuildDetail build_detail,
            /// The bytes of one image.
            SIZE "size" Size SizeDetail size_detail,
            /// One start of a container.
            START "start" Start StartDetail start_detail,
            /// One observed run of a container.
            STATS "stats" Stats StatsDetail stats_detail,
            /// One scenario of the build cache.
            CACHE "cache" Cache CacheDetail cache_detail,
            /// What dp-report says of one metric of one series.
            VERDICT "verdict" Verdict VerdictDetail verdict_detail,
        }
    };
}

macro_rules! words {
    ($(#[doc = $about:literal] $name:ident $word:literal $kind:ident $detail:ident $get:ident,)+) => {
        $(#[doc = $about]
        pub const $name: &str = $word;)+

        /// All of them.
        pub const ALL: &[&str] = &[$($name),+];
    };
}

with_kinds!(words);

/// One reading of a run of a container, as `dp-stats --samples-out` writes them. It is
/// no observation, so it is not among [`ALL`].
pub const SAMPLE: &str = "sample";

/// What follows the readings of a run: all else that was seen of it.
pub const OBSERVATION: &str = "observation";

pub(crate) use with_kinds;
