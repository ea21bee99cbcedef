//! Which records a step can have left, by its name.

use dp_dockerfile::StepName;

use super::command::{self, Fit};
use super::origin::Origin;
use crate::VertexKind;

/// How well the vertex of this name fits a record of this origin.
pub(super) fn fit(name: &str, origin: Origin<'_>) -> Option<Fit> {
    let is = match origin {
        Origin::Run { command } | Origin::Mount { command, .. } => {
            return command::fit(StepName::parse(name)?.text, command);
        }
        Origin::Vertex(vertex) => vertex == name,
        Origin::Fetched(address) => name.split_whitespace().any(|word| word == address),
        Origin::FileOp => is_file_op(name),
        Origin::Source => is_source(name),
        Origin::Unsaid => false,
    };
    is.then_some(Fit::Exact)
}

/// COPY, ADD and WORKDIR.
fn is_file_op(name: &str) -> bool {
    VertexKind::of(name) == VertexKind::Step
        && StepName::parse(name).is_some_and(|step| !step.text.starts_with("RUN "))
}

/// What asks the client for files: the Dockerfile, `.dockerignore`, a context.
fn is_source(name: &str) -> bool {
    VertexKind::of(name) == VertexKind::Context
        || name == "copy /context /"
        || name.starts_with("[internal] load build definition")
        || name.ends_with("load .dockerignore")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_without_a_name_fit_steps_of_their_sort() {
        for name in ["[2/3] COPY a b", "[a 2/3] ADD a b", "[2/3] ONBUILD WORKDIR /w"] {
            assert_eq!(fit(name, Origin::FileOp), Some(Fit::Exact), "{name}");
        }
        for name in ["[2/3] RUN COPY", "[1/3] FROM a", "[internal] load build context"] {
            assert_eq!(fit(name, Origin::FileOp), None, "{name}");
        }
        for name in [
            "[internal] load build definition from Dockerfile",
            "[internal] load .dockerignore",
            "[internal] load build context",
            "[context app] load .dockerignore",
            "[internal] load remote build context",
            "copy /context /",
            "[context app] load from client",
        ] {
            assert_eq!(fit(name, Origin::Source), Some(Fit::Exact), "{name}");
        }
        for name in ["[internal] load metadata for a", "[2/3] COPY a b", "exporting to image"] {
            assert_eq!(fit(name, Origin::Source), None, "{name}");
        }
    }

    #[test]
    fn a_fetched_file_fits_the_step_that_names_its_address() {
        let origin = Origin::Fetched("http://a.invalid/b");
        assert_eq!(fit("[2/3] ADD --chmod=600 http://a.invalid/b /h/", origin), Some(Fit::Exact));
        assert_eq!(fit("[2/3] ADD http://a.invalid/bc /h/", origin), None);
    }

    #[test]
    fn bases_fit_no_step() {
        assert_eq!(fit("[1/2] FROM a", Origin::Unsaid), None);
    }
}
