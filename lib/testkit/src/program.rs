//! Images of the programs in `lib/testkit/programs`.

use crate::{Context, Docker, unique};

/// Builds an image of a program, as `/NAME`, with more instructions behind it
/// (`scripts/bases busybox gcc` first). Answers its name, which is taken away
/// with `docker`.
pub(crate) fn build(docker: &mut Docker, name: &str, program: &str, instructions: &str) -> String {
    let image = unique(name);
    // An image of its own: containers are told by theirs.
    let dockerfile = format!(
        "FROM dp-base/gcc AS build\n\
         COPY {name}.c /\n\
         RUN gcc -static -O1 -Wall -Wextra -Werror -o /{name} /{name}.c\n\
         FROM dp-base/busybox\n\
         COPY --from=build /{name} /{name}\n\
         ENTRYPOINT [\"/{name}\"]\n\
         LABEL dp-test={image}\n{instructions}"
    );
    let context = Context::new(&dockerfile).with(&format!("{name}.c"), program);
    docker.remove_at_end(&image);
    docker.ok(&["build", "--quiet", "--tag", &image, &context.path().to_string_lossy()]);
    image
}
