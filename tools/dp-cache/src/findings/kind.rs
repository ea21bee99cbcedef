//! Every kind of finding, with its meaning. Findings are made of these kinds alone
//! (`--list-findings` prints them), so none can have another code.

use dp_record::{Finding, Severity};

/// A kind of finding.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The code that stays.
    pub(crate) code: &'static str,
    /// How much it matters.
    pub(crate) severity: Severity,
    /// What is so, and of what the seconds are.
    pub(crate) meaning: &'static str,
}

impl Kind {
    /// One of this kind, with what to do about it.
    pub(super) fn advise(&self, advice: String) -> Finding {
        Finding::new(self.code, self.severity.clone(), advice)
    }
}

const fn waste(code: &'static str, meaning: &'static str) -> Kind {
    Kind { code, severity: Severity::Waste, meaning }
}

pub(super) static SOURCES: Kind = waste(
    "sources_before_dependencies",
    "a source changed, and packages were installed again since it is copied before them: what installing took",
);
pub(super) static UNNEEDED_FILE: Kind = waste(
    "unneeded_file_copied",
    "a file that hardly any build needs changed and was copied: what the steps took that ran since",
);
pub(super) static NO_CACHE_MOUNT: Kind = waste(
    "package_step_without_cache_mount",
    "packages were fetched again since nothing keeps them between builds: what the step took",
);
pub(super) static ARGUMENT: Kind = waste(
    "argument_before_steps",
    "an argument that differs in every build stands before steps that do not mention it: what these took",
);
pub(super) static STAGE: Kind = waste(
    "stage_not_needed",
    "the build waited for a stage of which nothing reaches the image: how much longer than for all else",
);
pub(super) static EMPTY_MOUNT: Kind =
    waste("cache_mount_empty", "a cache mount holds nothing after its step: what the step took");
pub(super) static MOUNT_IDS: Kind = Kind {
    code: "cache_mount_ids_differ",
    severity: Severity::Note,
    meaning: "one folder is mounted under several ids, each of which is a cache of its own",
};

/// All kinds.
pub(crate) fn all() -> [&'static Kind; 7] {
    [&SOURCES, &UNNEEDED_FILE, &NO_CACHE_MOUNT, &ARGUMENT, &STAGE, &EMPTY_MOUNT, &MOUNT_IDS]
}
