//! Something to build that no engine has built before.

use dp_record::Record;
use dp_record::detail::build::StepState;
use dp_record::detail::cache::CacheDetail;
use dp_testkit::{Context, Docker, PulledBase, Tool, of_kind, unique};

/// A context, and an engine that forgets the images made of it.
pub(crate) struct Project {
    pub(crate) docker: Docker,
    pub(crate) context: Context,
    /// A word that nothing else has; `UNIQUE` in its files.
    pub(crate) name: String,
    /// What the user's builds rest on, where that matters.
    base: Option<PulledBase>,
}

impl Project {
    pub(crate) fn new(word: &str, dockerfile: &str, files: &[&str]) -> Self {
        let docker = Docker::new();
        let project = Self { docker, context: Context::empty(), name: unique(word), base: None };
        project.write("Dockerfile", dockerfile);
        for path in files {
            project.write(path, &format!("{path} of UNIQUE\n"));
        }
        project
    }

    /// The same for a user who builds it too: on a base that lets those builds survive.
    pub(crate) fn of_user(word: &str, dockerfile: &str, files: &[&str]) -> Self {
        let mut project = Self::new(word, dockerfile, files);
        project.base = PulledBase::where_needed(&project.docker);
        project
    }

    /// Adds or replaces a file, in which `UNIQUE` is the project's name.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.context.write(path, &text.replace("UNIQUE", &self.name));
    }

    /// dp-cache in the project's folder.
    pub(crate) fn dp_cache(&self, args: &[&str]) -> Tool {
        let words = self.base.as_ref().map(PulledBase::words);
        let more = words.iter().flat_map(|words| ["--", &words[0], &words[1]]);
        Tool::new("dp-cache").args(args.iter().copied().chain(more)).at(self.context.path())
    }

    /// The backends that can build it: only buildx knows of bases that come from elsewhere.
    pub(crate) fn backends(&self) -> &'static [&'static str] {
        if self.base.is_some() { &["buildx"] } else { &["buildx", "engine"] }
    }

    /// The records of one dp-cache that ends well.
    pub(crate) fn measure(&self, args: &[&str]) -> Vec<Record> {
        let records = self.dp_cache(args).run().expect(0).records();
        of_kind(&records, "cache").into_iter().cloned().collect()
    }

    /// A build as the user makes it, with this argument.
    pub(crate) fn build(&self, arg: &str) -> String {
        let path = self.context.path().to_str().unwrap();
        let args = ["buildx", "build", "--quiet", "--provenance=false", "--build-arg", arg, path];
        let words = self.base.as_ref().map(PulledBase::words);
        let words = words.iter().flatten().map(String::as_str);
        self.docker.ok(&args.into_iter().chain(words).collect::<Vec<_>>())
    }
}

/// The scenario of a record.
pub(crate) fn scenario(record: &Record) -> &str {
    record.subject.as_ref().unwrap().scenario.as_deref().unwrap()
}

pub(crate) fn detail(record: &Record) -> &CacheDetail {
    record.cache_detail().unwrap()
}

/// The lines of the steps that ran, sorted.
pub(crate) fn ran(record: &Record) -> Vec<u64> {
    let steps = detail(record).steps.iter();
    let executed = steps.filter(|step| step.state == StepState::Executed);
    let mut lines: Vec<u64> = executed.map(|step| step.line.unwrap()).collect();
    lines.sort_unstable();
    lines
}

/// Line, cause and what of the first step of each branch, by line.
pub(crate) fn lost_first(record: &Record) -> Vec<(u64, String, String)> {
    let invalidated = detail(record).invalidated.iter();
    let mut first: Vec<_> = invalidated
        .map(|one| {
            let what = one.what.clone().unwrap_or_default();
            (one.line.unwrap(), one.cause.to_string(), what)
        })
        .collect();
    first.sort();
    first
}
