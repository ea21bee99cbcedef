//! Something to build that no engine has built before.

use dp_record::Record;
use dp_testkit::{Context, Docker, PulledBase, Tool, of_kind, unique};

/// A context, and an engine that forgets the images made of it.
pub(crate) struct Project {
    /// The engine, seen by the docker CLI.
    pub(crate) docker: Docker,
    /// Its files.
    pub(crate) context: Context,
    /// A word that nothing else has; `UNIQUE` in the Dockerfiles.
    pub(crate) name: String,
    /// What its builds rest on, where that matters.
    base: Option<PulledBase>,
}

impl Project {
    /// A project without a file.
    pub(crate) fn empty(word: &str) -> Self {
        Self { docker: Docker::new(), context: Context::empty(), name: unique(word), base: None }
    }

    /// A project with this Dockerfile.
    pub(crate) fn new(word: &str, dockerfile: &str) -> Self {
        let project = Self::empty(word);
        project.write("Dockerfile", dockerfile);
        project
    }

    /// The same on a base that lets the builds of a user survive cold ones.
    pub(crate) fn of_user(word: &str, dockerfile: &str) -> Self {
        let mut project = Self::new(word, dockerfile);
        project.base = PulledBase::where_needed(&project.docker);
        project
    }

    /// Adds or replaces a file, in which `UNIQUE` is the project's name.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.context.write(path, &text.replace("UNIQUE", &self.name));
    }

    /// dp-build in the project's folder; `UNIQUE` is its name there too.
    pub(crate) fn dp_build(&self, args: &[&str]) -> Tool {
        let args = args.iter().map(|arg| arg.replace("UNIQUE", &self.name));
        let base = self.base.iter().flat_map(PulledBase::words);
        let more = self.base.iter().map(|_| "--".to_owned()).chain(base);
        let args = args.chain(more);
        Tool::new("dp-build").args(args).at(self.context.path())
    }

    /// The build records of one dp-build that ends well.
    pub(crate) fn measure(&self, args: &[&str]) -> Vec<Record> {
        builds(&self.dp_build(args).run().expect(0).records())
    }

    /// The name of the image that stays for `UNIQUE=.`.
    pub(crate) fn image(&self) -> String {
        format!("dp/{}:latest", self.name)
    }

    /// Id of the image that has this name.
    pub(crate) fn image_id(&self, name: &str) -> Option<String> {
        Some(self.docker.image(name)?["Id"].as_str().unwrap().to_owned())
    }

    /// All names of images in which the project's name stands.
    pub(crate) fn image_names(&self) -> Vec<String> {
        let all = self.docker.ok(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
        all.lines().filter(|name| name.contains(&self.name)).map(str::to_owned).collect()
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        for name in self.image_names() {
            self.docker.run(&["image", "rm", &name]);
        }
    }
}

/// The build records among all.
pub(crate) fn builds(records: &[Record]) -> Vec<Record> {
    of_kind(records, "build").into_iter().cloned().collect()
}
